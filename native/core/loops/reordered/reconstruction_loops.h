// The inner loops of reconstruction_loss.cpp, in a file without torch headers so that they can be compiled with their own flags.
#pragma once

#include <cstdint>

namespace dc::loops {

// For rows of `features` numbers: the sum of the losses of each row, and factor * (the losses' derivatives by the outputs).
// bfloat16 numbers are passed as their bits.
void squared_error_loop(const float* output, const float* target, float* gradient, float* sums, int64_t rows, int64_t features,
                        float factor);
void squared_error_loop(const uint16_t* output, const float* target, uint16_t* gradient, float* sums, int64_t rows, int64_t features,
                        float factor);
void bernoulli_error_loop(const float* output, const float* target, float* gradient, float* sums, int64_t rows, int64_t features,
                          float factor);
void bernoulli_error_loop(const uint16_t* output, const float* target, uint16_t* gradient, float* sums, int64_t rows, int64_t features,
                          float factor);

}  // namespace dc::loops
