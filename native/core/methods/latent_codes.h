// What a generator's input is made of: incompressible noise, and codes that are to mean something. A description as data.
#pragma once

#include "options.h"

namespace dc::methods {

struct LatentCode {
  enum class Kind { categorical, uniform, gaussian };
  Kind kind;
  int64_t size = 1;  // categories; 1 for a number: U(-1, 1) or N(0, 1)

  bool categorical() const { return kind == Kind::categorical; }
  // H(c): ln k, ln 2, or 1/2 ln 2 pi e.
  double entropy() const;
};

class LatentSpace {
 public:
  enum class Noise { uniform, gaussian };  // U(-1, 1) or N(0, 1), each dimension

  // `description`: codes by commas, `cat10` with 10 categories, `uniform`, `gaussian`; `none` for none. Throws RangeError for others.
  LatentSpace(const std::string& description, int64_t noise, Noise kind);

  // The options `codes`, `noise` and `noiseDistribution`; first a categorical code of `clusters` categories, if there are any.
  static LatentSpace read(const OptionValues& values, int64_t clusters = 0);

  const std::vector<LatentCode>& codes() const { return codes_; }
  int64_t noise() const { return noise_; }
  // Of one input: the noise, then the codes, categories as one-hot rows.
  int64_t width() const;

  // float32 [b, width()], drawn on the generator's device.
  at::Tensor draw(int64_t count, at::Generator& generator) const;
  // The same with some codes at values that are given: one a code, the category or the number; NaN leaves a code drawn.
  at::Tensor draw(int64_t count, const std::vector<double>& fixed, at::Generator& generator) const;
  // Puts a value into one code of inputs [b, width()], in place.
  void set_(at::Tensor& latents, size_t code, double value) const;

  // A code's part of inputs [b, width()]: one-hot rows [b, k], or [b, 1].
  at::Tensor part(const at::Tensor& latents, size_t code) const;

 private:
  int64_t offset(size_t code) const;

  std::vector<LatentCode> codes_;
  int64_t noise_;
  Noise kind_;
};

}  // namespace dc::methods
