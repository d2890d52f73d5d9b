#include "loops/reordered/lloyd_loops.h"

#include "loops/vector_clones.h"

namespace dc::loops {

namespace {

constexpr int64_t kLanes = 16;
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float)), aligned(sizeof(float))));

// |x_r - m_k|^2 for `Rows` rows at once, whose sums do not wait for each other, and `Vectors` x 16 lanes.
template <int Vectors, int Rows>
__attribute__((always_inline)) inline void block_distances(const float* x, int64_t d, const float* lanes, float* result) {
  Lanes sums[Rows][Vectors] = {};
  for (int64_t j = 0; j < d; ++j) {
    for (int vector = 0; vector < Vectors; ++vector) {
      const Lanes centroid = *reinterpret_cast<const Lanes*>(lanes + (j * Vectors + vector) * kLanes);
      for (int row = 0; row < Rows; ++row) {
        const Lanes difference = x[row * d + j] - centroid;
        sums[row][vector] += difference * difference;
      }
    }
  }
  for (int row = 0; row < Rows; ++row) {
    for (int vector = 0; vector < Vectors; ++vector)
      *reinterpret_cast<Lanes*>(result + (row * Vectors + vector) * kLanes) = sums[row][vector];
  }
}

// Calls visit(row, its distances to all lanes) for each row.
template <int Vectors, class Visit>
__attribute__((always_inline)) inline void each_row(const float* x, int64_t rows, int64_t d, const float* lanes, const Visit& visit) {
  constexpr int kTogether = 4 / Vectors > 0 ? 4 / Vectors : 1, kWidth = Vectors * kLanes;
  float squared[kTogether * kWidth];
  int64_t row = 0;
  for (; row + kTogether <= rows; row += kTogether) {
    block_distances<Vectors, kTogether>(x + row * d, d, lanes, squared);
    for (int i = 0; i < kTogether; ++i) visit(row + i, squared + i * kWidth);
  }
  for (; row < rows; ++row) {
    block_distances<Vectors, 1>(x + row * d, d, lanes, squared);
    visit(row, squared);
  }
}

template <int Vectors>
__attribute__((always_inline)) inline void all_distances(const float* x, int64_t rows, int64_t d, const float* lanes, int64_t k,
                                                         float* distances) {
  each_row<Vectors>(x, rows, d, lanes, [&](int64_t row, const float* squared) __attribute__((always_inline)) {
    for (int64_t c = 0; c < k; ++c) distances[row * k + c] = squared[c];
  });
}

template <int Vectors>
__attribute__((always_inline)) inline void assign_all(const float* x, int64_t rows, int64_t d, const float* lanes, int64_t k,
                                                      int64_t* labels, float* distances, float* sums, int64_t* counts) {
  each_row<Vectors>(x, rows, d, lanes, [&](int64_t row, const float* squared) __attribute__((always_inline)) {
    int64_t nearest = 0;
    float least = squared[0];
    for (int64_t c = 1; c < k; ++c) {
      nearest = squared[c] < least ? c : nearest;
      least = squared[c] < least ? squared[c] : least;
    }
    labels[row] = nearest;
    distances[row] = least;
    ++counts[nearest];
    float* sum = sums + nearest * d;
    for (int64_t j = 0; j < d; ++j) sum[j] += x[row * d + j];
  });
}

}  // namespace

int64_t lane_width(int64_t centroids) { return (centroids + kLanes - 1) / kLanes * kLanes; }

void to_lanes(const float* centroids, int64_t k, int64_t d, float* lanes) {
  const int64_t width = lane_width(k);
  for (int64_t j = 0; j < d; ++j) {
    for (int64_t lane = 0; lane < width; ++lane) lanes[j * width + lane] = lane < k ? centroids[lane * d + j] : 1e19f;
  }
}

DC_TARGET_CLONES void lane_distances(const float* x, int64_t rows, int64_t d, const float* lanes, int64_t k, float* distances) {
  switch (lane_width(k)) {
    case 16: return all_distances<1>(x, rows, d, lanes, k, distances);
    case 32: return all_distances<2>(x, rows, d, lanes, k, distances);
    case 48: return all_distances<3>(x, rows, d, lanes, k, distances);
    default: return all_distances<4>(x, rows, d, lanes, k, distances);
  }
}

DC_TARGET_CLONES void lane_assign(const float* x, int64_t rows, int64_t d, const float* lanes, int64_t k, int64_t* labels, float* distances,
                                  float* sums, int64_t* counts) {
  switch (lane_width(k)) {
    case 16: return assign_all<1>(x, rows, d, lanes, k, labels, distances, sums, counts);
    case 32: return assign_all<2>(x, rows, d, lanes, k, labels, distances, sums, counts);
    case 48: return assign_all<3>(x, rows, d, lanes, k, labels, distances, sums, counts);
    default: return assign_all<4>(x, rows, d, lanes, k, labels, distances, sums, counts);
  }
}

}  // namespace dc::loops
