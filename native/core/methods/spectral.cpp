#include "methods/spectral.h"

#include "cluster/neighbour_votes.h"

namespace dc::methods {

Spectral::Spectral(const ModelSpec& spec)
    : options_{.clusters = spec.options.integer("clusters"),
               .graph = {.neighbours = spec.options.integer("neighbours"), .bfloat16 = spec.precision == Precision::bfloat16},
               .scale_neighbour = spec.options.integer("scale"),
               .fewest_vectors = spec.options.integer("clusters"),
               .most_vectors = spec.options.integer("vectors") > 0 ? spec.options.integer("vectors") : 2 * spec.options.integer("clusters"),
               .restarts = spec.options.integer("restarts"),
               .balance = spec.options.number("balance")},
      scaling_(spec.options.text("scaling")) {
  const auto floats = at::TensorOptions().dtype(at::kFloat).device(spec.device);
  items_ = at::empty({0}, floats);
  labels_ = at::empty({0}, floats.dtype(at::kLong));
  embedding_ = at::empty({0}, floats);
  eigenvalues_ = at::empty({0}, at::kDouble);
  summary_ = at::empty({0}, at::kDouble);
}

NamedTensors Spectral::fit(const data::Dataset& data, run::Run& run) {
  at::NoGradGuard no_grad;
  run.stage("graph", [&] {
    scaling_.fit(data);
    items_ = scaling_.block(data, 0, data.size()).clone();
    const cluster::SpectralResult result = cluster::spectral_clustering(items_, options_, run.generator(), [&] { run.poll(); });
    labels_ = result.labels;
    embedding_ = result.embedding.contiguous();
    eigenvalues_ = result.eigenvalues.contiguous();
    summary_ = at::tensor({result.normalised_cut, static_cast<double>(result.suggested_clusters), static_cast<double>(result.components),
                           static_cast<double>(result.attached)},
                          at::kDouble);
    if (const std::string warning = cluster::balance_warning(result, options_); !warning.empty()) run.warn(warning);
    return run::Run::Values{
        {"normalisedCut", result.normalised_cut}, {"vectors", static_cast<double>(result.vectors)}, {"residual", result.residual}};
  });
  return {{"labels", labels_.to(at::kCPU, at::kInt)},
          {"embedding", embedding_.to(at::kCPU)},
          {"eigenvalues", eigenvalues_},
          {"summary", summary_}};
}

NamedTensors Spectral::infer(const std::string& operation, const data::Dataset& block) const {
  if (operation != "predict" && operation != "predictProba") unknown_operation("spectral", operation);
  const at::Tensor x = scaling_.block(block, 0, block.size());
  const at::Tensor probabilities = cluster::neighbour_votes(x, items_, labels_, options_.clusters, options_.graph.neighbours);
  if (operation == "predict") return {{"labels", probabilities.argmax(1).to(at::kInt)}};
  return {{"probabilities", probabilities}};
}

std::vector<Slot> Spectral::slots() {
  std::vector<Slot> slots = scaling_.slots();
  slots.push_back({"items", &items_, false});
  slots.push_back({"labels", &labels_, false});
  slots.push_back({"embedding", &embedding_, false});
  slots.push_back({"eigenvalues", &eigenvalues_, false});
  slots.push_back({"summary", &summary_, false});
  return slots;
}

static const Registration registration("spectral",
                                       [](const ModelSpec& spec) -> std::unique_ptr<Method> { return std::make_unique<Spectral>(spec); });

}  // namespace dc::methods
