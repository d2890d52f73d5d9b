#include "nn/initialisation.h"

#include "error.h"

namespace dc::nn {

Initialisation initialisation_named(const std::string& name) {
  if (name == "fan-in-uniform") return Initialisation::fan_in_uniform;
  if (name == "fan-in-normal") return Initialisation::fan_in_normal;
  if (name == "glorot-uniform") return Initialisation::glorot_uniform;
  if (name == "normal") return Initialisation::normal;
  throw Error("ERR_NATIVE", "Unknown initialisation " + name);
}

namespace {

double fan_in(const at::Tensor& weight) { return static_cast<double>(weight[0].numel()); }

}  // namespace

void initialise_weight(at::Tensor& weight, Initialisation kind, at::Generator& generator) {
  switch (kind) {
    case Initialisation::fan_in_uniform: {
      const double bound = 1 / std::sqrt(fan_in(weight));
      weight.uniform_(-bound, bound, generator);
      break;
    }
    case Initialisation::fan_in_normal: weight.normal_(0, 1 / std::sqrt(fan_in(weight)), generator); break;
    case Initialisation::glorot_uniform: {
      const double fan_out = fan_in(weight) / static_cast<double>(weight.size(1)) * static_cast<double>(weight.size(0));
      const double bound = std::sqrt(6 / (fan_in(weight) + fan_out));
      weight.uniform_(-bound, bound, generator);
      break;
    }
    case Initialisation::normal: weight.normal_(0, 0.01, generator); break;
    case Initialisation::dcgan: weight.normal_(0, 0.02, generator); break;
  }
}

void initialise_bias(at::Tensor& bias, const at::Tensor& weight, Initialisation kind, at::Generator& generator) {
  bias.zero_();
  if (kind != Initialisation::fan_in_uniform) return;
  const double bound = 1 / std::sqrt(fan_in(weight));
  bias.uniform_(-bound, bound, generator);
}

}  // namespace dc::nn
