#include "methods/spectral.h"

#include "cluster/neighbour_votes.h"

namespace dc::methods {

Spectral::Spectral(const ModelSpec& spec)
    : sample_options_{.items = spec.options.integer("graphItems"),
                      .spread_over = spec.options.number("balance") == 0 ? spec.options.integer("clusters") : 0},
      options_{.clusters = spec.options.integer("clusters"),
               .graph = {.neighbours = spec.options.integer("neighbours"), .bfloat16 = spec.precision == Precision::bfloat16},
               .scale_neighbour = spec.options.integer("scale"),
               .fewest_vectors = spec.options.integer("clusters"),
               .most_vectors = spec.options.integer("vectors") > 0 ? spec.options.integer("vectors") : 2 * spec.options.integer("clusters"),
               .restarts = spec.options.integer("restarts"),
               .balance = spec.options.number("balance")},
      scaling_(spec.options.text("scaling"), spec.features()) {
  const auto floats = at::TensorOptions().dtype(at::kFloat).device(spec.device);
  sample_ = at::empty({0}, floats.dtype(at::kLong));
  items_ = at::empty({0}, floats);
  labels_ = at::empty({0}, floats.dtype(at::kLong));
  embedding_ = at::empty({0}, floats);
  eigenvalues_ = at::empty({0}, at::kDouble);
  summary_ = at::empty({0}, at::kDouble);
}

NamedTensors Spectral::fit(const data::Dataset& data, run::Run& run) {
  at::NoGradGuard no_grad;
  const data::Rows x = data::Rows::of(data, scaling_);
  run.stage("graph", [&] {
    scaling_.fit(data, run.poller());
    const at::Tensor sample = cluster::draw_sample(x, sample_options_, run.generator(), run.poller());
    if (sample.defined()) sample_ = sample;
    items_ = (sample.defined() ? x.chosen(sample) : x).collected(run.poller());
    const cluster::SpectralResult result = cluster::spectral_clustering(data::Rows::of(items_), options_, run.generator(), run.poller());
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
  const bool all = sample_.numel() == 0;
  if (all) need_items(labels_, data);
  if (!all && sample_.max().item<int64_t>() >= data.size()) bad_state("its graph is of items that the data do not have");
  const at::Tensor labels =
      all ? labels_ : cluster::labels_of_all(x, sample_, items_, labels_, options_.clusters, options_.graph.neighbours, run.poller());
  NamedTensors results{{"labels", labels.to(at::kCPU, at::kInt)},
                       {"embedding", embedding_.to(at::kCPU)},
                       {"eigenvalues", eigenvalues_},
                       {"summary", summary_}};
  if (!all) results["items"] = sample_.to(at::kCPU, at::kInt);
  return results;
}

NamedTensors Spectral::infer(const std::string& operation, const data::Dataset& block) const {
  if (operation != "predict" && operation != "predictProba") unknown_operation("spectral", operation);
  need_clusters(labels_);
  const at::Tensor x = scaling_.all(block);
  const at::Tensor probabilities = cluster::neighbour_votes(x, items_, labels_, options_.clusters, options_.graph.neighbours);
  if (operation == "predict") return {{"labels", probabilities.argmax(1).to(at::kInt)}};
  return {{"probabilities", probabilities}};
}

std::vector<Slot> Spectral::slots() {
  std::vector<Slot> slots = scaling_.slots();
  slots.push_back(Slot::found("sample", sample_, {Slot::kTrained}, Slot::kItems).never_written());
  slots.push_back(Slot::found("items", items_, {Slot::kTrained, scaling_.features()}).never_written());
  slots.push_back(Slot::found("labels", labels_, {Slot::kTrained}, options_.clusters).never_written());
  slots.push_back(Slot::found("embedding", embedding_, {Slot::kTrained, Slot::kAny}).never_written());
  slots.push_back(Slot::found("eigenvalues", eigenvalues_, {Slot::kAny}).never_written());
  slots.push_back(Slot::found("summary", summary_, {4}).never_written());
  return slots;
}

void Spectral::restored() { need_voters(labels_, items_); }

static const Registration registration("spectral",
                                       [](const ModelSpec& spec) -> std::unique_ptr<Method> { return std::make_unique<Spectral>(spec); });

}  // namespace dc::methods
