// The inner loops of k-means on a CPU, for up to 64 centroids, in files without torch headers so that they can be compiled with
// their own flags. Distances are taken from differences: a common offset costs no precision.
#pragma once

#include <cstdint>

namespace dc::loops {

constexpr int64_t kMostCentroids = 64;

// Centroids with one to a vector lane: [d, width], width the number of centroids rounded up to 16; lanes without a centroid
// hold a number too far away to be nearest.
int64_t lane_width(int64_t centroids);
void to_lanes(const float* centroids, int64_t k, int64_t d, float* lanes);

// Squared distances [rows, k] of x [rows, d] to the centroids.
void lane_distances(const float* x, int64_t rows, int64_t d, const float* lanes, int64_t k, float* distances);

// The nearest centroid of each row (ties go to the lower index), its squared distance, and what each centroid's rows add up
// to: sums [k, d] and counts [k] are added to.
void lane_assign(const float* x, int64_t rows, int64_t d, const float* lanes, int64_t k, int64_t* labels, float* distances, float* sums,
                 int64_t* counts);

}  // namespace dc::loops
