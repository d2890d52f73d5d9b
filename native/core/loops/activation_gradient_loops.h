// The inner loops of linear_stack.cpp, in a file without torch headers so that they can be compiled with their own flags.
#pragma once

#include <cstdint>

namespace dc::loops {

// Columns begin .. end-1 of all rows of a matrix [rows, columns].
struct Columns {
  int64_t rows, columns, begin, end;
};

// In place, the gradients [rows, columns] with respect to an activation's output y become those with respect to its input,
// and their sums over the rows, which are the gradient of the bias, are added to `bias`. bfloat16 numbers are passed as their bits.

// relu (slope 0) and leaky relu: g where y > 0, else slope g.
void relu_gradient_loop(float* gradient, float* bias, const float* y, float slope, Columns range);
void relu_gradient_loop(uint16_t* gradient, float* bias, const uint16_t* y, float slope, Columns range);
// tanh: g (1 - y^2)
void tanh_gradient_loop(float* gradient, float* bias, const float* y, Columns range);
void tanh_gradient_loop(uint16_t* gradient, float* bias, const uint16_t* y, Columns range);

}  // namespace dc::loops
