// Times the neighbour graph alone:  bench_knn N D K ROUNDS [THREADS [FILE]]
#include <fstream>
#include <iostream>

#include "cluster/knn_graph.h"
#include "training/device.h"

int main(int argc, char** argv) {
  const auto argument = [&](int i, int64_t fallback) { return argc > i ? std::stoll(argv[i]) : fallback; };
  const int64_t n = argument(1, 10000), d = argument(2, 784), k = argument(3, 20), rounds = argument(4, 3);
  if (argc > 5) at::set_num_threads(static_cast<int>(argument(5, 1)));
  at::manual_seed(0);
  at::Tensor x = at::randn({64, d}).index_select(0, at::randint(64, {n}, at::kLong)) + at::randn({n, d}) * 0.5;
  if (argc > 6) std::ifstream(argv[6], std::ios::binary).read(static_cast<char*>(x.data_ptr()), n * d * 4);
  for (int64_t round = 0; round < rounds; ++round) {
    for (const bool bfloat16 : {false, true}) {
      if (bfloat16 && !dc::training::cpu_has_fast_bfloat16()) continue;
      const auto start = std::chrono::steady_clock::now();
      const auto graph = dc::cluster::knn_graph(x, {.neighbours = k, .bfloat16 = bfloat16}, [] {});
      std::cout << (bfloat16 ? "bfloat16 " : "float32  ") << std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()
                << " s, compared with all: " << graph.compared_with_all << "\n";
    }
  }
}
