#include "methods/linkage.h"

#include "cluster/neighbour_votes.h"

namespace dc::methods {

Linkage::Linkage(const ModelSpec& spec)
    : graph_{.neighbours = spec.options.integer("neighbours"), .bfloat16 = spec.precision == Precision::bfloat16},
      options_(cluster::LinkageOptions::read(spec.options)),
      cap_norms_(spec.options.flag("capNorms")),
      scaling_(spec.options.text("scaling")),
      items_(at::empty({0}, at::TensorOptions().dtype(at::kFloat).device(spec.device))),
      labels_(at::empty({0}, items_.options().dtype(at::kLong))),
      start_(at::empty({0}, at::kInt)),
      merges_(at::empty({0}, at::kInt)),
      affinities_(at::empty({0}, at::kDouble)) {
  options_.until = 1;
}

at::Tensor Linkage::scaled(const data::Dataset& data) const {
  const at::Tensor x = scaling_.block(data, 0, data.size());
  return cap_norms_ ? cluster::cap_norms(x) : x;
}

NamedTensors Linkage::fit(const data::Dataset& data, run::Run& run) {
  at::NoGradGuard no_grad;
  const auto poll = [&] { run.poll(); };
  cluster::KnnGraph graph{};
  run.stage("graph", [&] {
    scaling_.fit(data);
    items_ = scaled(data);
    graph = cluster::knn_graph(items_, graph_, poll);
    return run::Run::Values{};
  });
  run.stage("linkage", [&] {
    if (!graph.items.defined()) graph = cluster::knn_graph(items_, graph_, poll);  // of an interrupted run
    const cluster::MergeTree tree =
        cluster::graph_degree_linkage(graph, items_, cluster::neighbour_chains(graph, options_.clusters), options_, poll);
    labels_ = cluster::cut(tree, options_.clusters);
    start_ = tree.start.to(at::kCPU, at::kInt);
    merges_ = tree.merges.to(at::kInt);
    affinities_ = tree.affinities;
    return run::Run::Values{{"firstClusters", static_cast<double>(tree.first_clusters())}};
  });
  return {{"labels", labels_.to(at::kCPU, at::kInt)}, {"start", start_}, {"merges", merges_}, {"affinities", affinities_}};
}

NamedTensors Linkage::infer(const std::string& operation, const data::Dataset& block) const {
  if (operation != "predict" && operation != "predictProba") unknown_operation("linkage", operation);
  need_clusters(labels_);
  const at::Tensor probabilities = cluster::neighbour_votes(scaled(block), items_, labels_, options_.clusters, graph_.neighbours);
  if (operation == "predict") return {{"labels", probabilities.argmax(1).to(at::kInt)}};
  return {{"probabilities", probabilities}};
}

std::vector<Slot> Linkage::slots() {
  std::vector<Slot> slots = scaling_.slots();
  slots.push_back({"items", &items_, false});
  slots.push_back({"labels", &labels_, false});
  slots.push_back({"start", &start_, false});
  slots.push_back({"merges", &merges_, false});
  slots.push_back({"affinities", &affinities_, false});
  return slots;
}

static const Registration registration("linkage",
                                       [](const ModelSpec& spec) -> std::unique_ptr<Method> { return std::make_unique<Linkage>(spec); });

}  // namespace dc::methods
