#include "methods/latent_codes.h"

#include <sstream>

#include "error.h"

namespace dc::methods {

namespace {

LatentCode code_named(const std::string& word) {
  if (word == "uniform") return {LatentCode::Kind::uniform};
  if (word == "gaussian") return {LatentCode::Kind::gaussian};
  const bool counts =
      word.size() > 3 && word.size() < 10 && word.starts_with("cat") && word.find_first_not_of("0123456789", 3) == std::string::npos;
  const int64_t size = counts ? std::stoll(word.substr(3)) : 0;
  if (size < 2)
    throw Error("RangeError", "Expected codes like `cat10`, `uniform` or `gaussian`, by commas, for `codes` but received `" + word + "`");
  return {LatentCode::Kind::categorical, size};
}

at::Tensor uniform(at::IntArrayRef shape, at::Generator& generator) {
  return at::empty(shape, at::TensorOptions().dtype(at::kFloat).device(generator.device())).uniform_(-1, 1, generator);
}

at::Tensor gaussian(at::IntArrayRef shape, at::Generator& generator) {
  return at::randn(shape, generator, at::TensorOptions().dtype(at::kFloat).device(generator.device()));
}

}  // namespace

double LatentCode::entropy() const {
  switch (kind) {
    case Kind::categorical: return std::log(static_cast<double>(size));
    case Kind::uniform: return std::log(2.0);
    case Kind::gaussian: return 0.5 * std::log(2 * M_PI * M_E);
  }
  return 0;
}

LatentSpace::LatentSpace(const std::string& description, int64_t noise, Noise kind) : noise_(noise), kind_(kind) {
  if (description == "none") return;
  std::stringstream words(description);
  for (std::string word; std::getline(words, word, ',');) codes_.push_back(code_named(word));
}

LatentSpace LatentSpace::read(const OptionValues& values, int64_t clusters) {
  LatentSpace space(values.text("codes"), values.integer("noise"),
                    values.text("noiseDistribution") == "uniform" ? Noise::uniform : Noise::gaussian);
  if (clusters > 0) space.codes_.insert(space.codes_.begin(), {LatentCode::Kind::categorical, clusters});
  return space;
}

int64_t LatentSpace::offset(size_t code) const {
  int64_t offset = noise_;
  for (size_t before = 0; before < code; ++before) offset += codes_[before].size;
  return offset;
}

int64_t LatentSpace::width() const { return offset(codes_.size()); }

at::Tensor LatentSpace::draw(int64_t count, at::Generator& generator) const {
  std::vector<at::Tensor> parts{kind_ == Noise::uniform ? uniform({count, noise_}, generator) : gaussian({count, noise_}, generator)};
  for (const LatentCode& code : codes_) {
    switch (code.kind) {
      case LatentCode::Kind::categorical: {
        const auto options = parts.front().options();
        const at::Tensor category = at::randint(code.size, {count}, generator, options.dtype(at::kLong));
        parts.push_back(at::eye(code.size, options).index_select(0, category));
        break;
      }
      case LatentCode::Kind::uniform: parts.push_back(uniform({count, 1}, generator)); break;
      case LatentCode::Kind::gaussian: parts.push_back(gaussian({count, 1}, generator)); break;
    }
  }
  return at::cat(parts, 1);
}

at::Tensor LatentSpace::draw(int64_t count, const std::vector<double>& fixed, at::Generator& generator) const {
  at::Tensor latents = draw(count, generator);
  for (size_t code = 0; code < codes_.size() && code < fixed.size(); ++code) {
    if (!std::isnan(fixed[code])) set_(latents, code, fixed[code]);
  }
  return latents;
}

void LatentSpace::set_(at::Tensor& latents, size_t code, double value) const {
  at::Tensor own = part(latents, code);
  if (!codes_[code].categorical()) {
    own.fill_(value);
    return;
  }
  const auto category = static_cast<int64_t>(value);
  if (category < 0 || category >= codes_[code].size || static_cast<double>(category) != value) {
    throw Error("RangeError",
                "Expected a category from 0 to " + std::to_string(codes_[code].size - 1) + " for the code c" + std::to_string(code + 1));
  }
  own.zero_();
  own.select(1, category).fill_(1);
}

at::Tensor LatentSpace::part(const at::Tensor& latents, size_t code) const { return latents.narrow(1, offset(code), codes_[code].size); }

}  // namespace dc::methods
