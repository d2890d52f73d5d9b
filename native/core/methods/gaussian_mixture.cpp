#include "methods/gaussian_mixture.h"
#include "random.h"

namespace dc::methods {

GaussianMixture::GaussianMixture(const ModelSpec& spec)
    : options_{
          .start = {.clusters = spec.options.integer("clusters"), .restarts = 1, .iterations = 300, .tolerance = 1e-4, .plus_plus = true},
          .restarts = spec.options.integer("restarts"),
          .iterations = spec.options.integer("iterations"),
          .tolerance = spec.options.number("tolerance"),
          .variance_floor = spec.options.number("varianceFloor")},
      item_shape_(spec.item_shape),
      scaling_(spec.options.text("scaling"), spec.features()) {
  const auto doubles = at::TensorOptions().dtype(at::kDouble).device(spec.device);
  const int64_t k = options_.start.clusters;
  mixture_ = {at::zeros({k}, doubles), at::zeros({k, spec.features()}, doubles), at::zeros({k, spec.features()}, doubles)};
  summary_ = at::zeros({2}, at::kDouble);
}

NamedTensors GaussianMixture::fit(const data::Dataset& data, run::Run& run) {
  at::NoGradGuard no_grad;
  const data::Rows rows = data::Rows::of(data, scaling_);
  run.stage("mixture", [&] {
    scaling_.fit(data, run.poller());
    const cluster::GaussianMixtureResult result = cluster::fit_gaussian_mixture(rows, options_, run.generator(), run.poller());
    mixture_ = result.mixture;
    summary_ = at::tensor({result.log_likelihood, result.converged ? 1. : 0.}, at::kDouble);
    if (!result.converged) run.warn("The mixture had not settled after `iterations`: raise it, or `tolerance`");
    return run::Run::Values{{"logLikelihood", result.log_likelihood}, {"iterations", static_cast<double>(result.iterations)}};
  });
  at::Tensor labels = at::empty({data.size()}, mixture_.means.options().dtype(at::kInt));
  each_block(rows, run.poller(),
             [&](int64_t begin, int64_t end, const at::Tensor& x) { labels.slice(0, begin, end).copy_(joint(x).argmax(1)); });
  return {{"labels", labels.to(at::kCPU)}, {"logLikelihood", summary_[0]}, {"converged", summary_[1].to(at::kInt)}};
}

NamedTensors GaussianMixture::infer(const std::string& operation, const data::Dataset& block) const {
  if (operation == "decode") return {{"items", unscaled_items(scaling_, block.read(0, block.size()), item_shape_)}};
  const at::Tensor log_joint = joint(scaling_.all(block));
  if (operation == "predict") return {{"labels", log_joint.argmax(1).to(at::kInt)}};
  if (operation == "predictProba") return {{"probabilities", log_joint.softmax(1).to(at::kFloat)}};
  if (operation == "logLikelihood") return {{"logLikelihood", log_joint.logsumexp(1)}};
  unknown_operation("gaussian-mixture", operation);
}

std::optional<std::vector<int64_t>> GaussianMixture::input_shape(const std::string& operation) const {
  if (operation == "decode") return std::vector<int64_t>{mixture_.means.size(1)};
  return std::nullopt;
}

NamedTensors GaussianMixture::generate(const std::string& operation, const OptionValues& values) const {
  if (operation == "mixture")
    return {{"weights", mixture_.weights()}, {"means", mixture_.means}, {"variances", mixture_.log_variances.exp()}};
  const auto in_units = [&](const at::Tensor& points) { return unscaled_items(scaling_, points.to(at::kFloat), item_shape_); };
  if (operation == "prototypes") return {{"prototypes", in_units(mixture_.means)}};
  if (operation != "sample") unknown_operation("gaussian-mixture", operation);
  at::Generator generator = make_generator(mixture_.means.device(), static_cast<uint64_t>(values.number("seed")));
  const cluster::MixtureDraws draws =
      cluster::draw(mixture_, values.integer("cluster"), values.integer("count"), values.number("minPosterior"), generator);
  return {{"samples", in_units(draws.points)}, {"labels", draws.components.to(at::kInt)}};
}

std::vector<Slot> GaussianMixture::slots() {
  std::vector<Slot> slots = scaling_.slots();
  slots.push_back(Slot::learned("mixture.logits", mixture_.logits));
  slots.push_back(Slot::learned("mixture.means", mixture_.means));
  slots.push_back(Slot::learned("mixture.log_variances", mixture_.log_variances));
  slots.push_back(Slot::learned("summary", summary_));
  return slots;
}

static const Registration registration("gaussian-mixture", [](const ModelSpec& spec) -> std::unique_ptr<Method> {
  return std::make_unique<GaussianMixture>(spec);
});

}  // namespace dc::methods
