#include "methods/kmeans.h"

namespace dc::methods {

KMeans::KMeans(const ModelSpec& spec)
    : options_{.clusters = spec.options.integer("clusters"),
               .restarts = spec.options.integer("restarts"),
               .iterations = spec.options.integer("iterations"),
               .tolerance = spec.options.number("tolerance"),
               .plus_plus = spec.options.text("initialisation") == "kmeans++"},
      item_shape_(spec.item_shape),
      scaling_(spec.options.text("scaling"), spec.features()),
      centroids_(at::zeros({options_.clusters, spec.features()}, at::TensorOptions().dtype(at::kFloat).device(spec.device))),
      variance_(at::ones({}, centroids_.options())) {}

NamedTensors KMeans::fit(const data::Dataset& data, run::Run& run) {
  at::NoGradGuard no_grad;
  cluster::KMeansResult result;
  const data::Rows rows = data::Rows::of(data, scaling_);
  run.stage("kmeans", [&] {
    scaling_.fit(data, run.poller());
    result = cluster::kmeans(rows, options_, run.generator(), run.poller());
    centroids_.copy_(result.centroids);
    variance_.fill_(result.inertia / static_cast<double>(data.size() * data.features()));
    return run::Run::Values{};
  });
  if (!result.labels.defined()) {  // a finished model that is fitted on: assign again
    result = cluster::kmeans_from(rows, centroids_,
                                  {.clusters = options_.clusters, .restarts = 1, .iterations = 0, .tolerance = 0, .plus_plus = false},
                                  run.poller());
  }
  return {{"labels", result.labels.to(at::kCPU, at::kInt)},
          {"inertia", at::scalar_tensor(result.inertia, at::kDouble)},
          {"sizes", result.counts.to(at::kCPU, at::kInt)}};
}

NamedTensors KMeans::infer(const std::string& operation, const data::Dataset& block) const {
  const at::Tensor distances = cluster::squared_distances(scaling_.all(block), centroids_);
  if (operation == "predict") return {{"labels", distances.argmin(1).to(at::kInt)}};
  if (operation == "predictProba") return {{"probabilities", cluster::soft_assignments(distances, variance_)}};
  if (operation == "transform") return {{"embedding", distances.sqrt()}};
  unknown_operation("kmeans", operation);
}

NamedTensors KMeans::generate(const std::string& operation, const OptionValues&) const {
  if (operation != "prototypes") unknown_operation("kmeans", operation);
  return {{"prototypes", unscaled_items(scaling_, centroids_, item_shape_)}};
}

std::vector<Slot> KMeans::slots() {
  std::vector<Slot> slots = scaling_.slots();
  slots.push_back(Slot::learned("centroids", centroids_));
  slots.push_back(Slot::learned("variance", variance_));
  return slots;
}

static const Registration registration("kmeans",
                                       [](const ModelSpec& spec) -> std::unique_ptr<Method> { return std::make_unique<KMeans>(spec); });

}  // namespace dc::methods
