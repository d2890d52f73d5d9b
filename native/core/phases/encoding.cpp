#include "phases/encoding.h"

#include "device/host_memory.h"

namespace dc::phases {

namespace {
constexpr int64_t kBlock = 1024;  // items at a time: more are no faster
}

at::Tensor encode_all(const nn::Autoencoder& autoencoder, const data::Dataset& data, const data::Scaling& scaling, const run::Run& run) {
  at::Tensor z = at::empty({data.size(), autoencoder.options().latent}, at::TensorOptions().dtype(at::kFloat).device(data.device()));
  for (int64_t begin = 0; begin < data.size(); begin += kBlock) {
    run.poll();
    const int64_t end = std::min(begin + kBlock, data.size());
    z.narrow(0, begin, end - begin).copy_(autoencoder.encode(scaling.block(data, begin, end)));
  }
  device::release_host_memory();  // what comes next works with other sizes
  return z;
}

at::Tensor encode_views(const nn::Autoencoder& autoencoder, const data::Dataset& data, const data::Scaling& scaling,
                        const data::Augmentation& augmentation, const at::Tensor& index, int64_t count, run::Run& run) {
  const int64_t n = index.size(0);
  at::Tensor z = at::empty({count, n, autoencoder.options().latent}, at::TensorOptions().dtype(at::kFloat).device(data.device()));
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t rows = std::min(kBlock, n - begin);
    const at::Tensor x = scaling.gather(data, index.narrow(0, begin, rows));
    for (int64_t view = 0; view < count; ++view) {
      run.poll();
      z[view].narrow(0, begin, rows).copy_(autoencoder.encode(augmentation(x, run.generator())));
    }
  }
  return z;
}

}  // namespace dc::phases
