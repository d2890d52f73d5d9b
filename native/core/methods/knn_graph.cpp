#include "methods/knn_graph.h"

namespace dc::methods {

KnnGraph::KnnGraph(const ModelSpec& spec)
    : options_{.neighbours = spec.options.integer("neighbours"),
               .workspace_bytes = spec.options.integer("workspace") << 20,
               .bfloat16 = spec.precision == Precision::bfloat16},
      cap_norms_(spec.options.flag("capNorms")),
      scaling_(spec.options.text("scaling")),
      neighbours_(at::empty({0}, at::kInt)),
      distances_(at::empty({0}, at::kFloat)) {}

NamedTensors KnnGraph::fit(const data::Dataset& data, run::Run& run) {
  at::NoGradGuard no_grad;
  run.stage("graph", [&] {
    scaling_.fit(data);
    at::Tensor x = scaling_.block(data, 0, data.size());
    if (cap_norms_) x = cluster::cap_norms(x);
    const cluster::KnnGraph graph = cluster::knn_graph(x, options_, [&] { run.poll(); });
    neighbours_ = graph.items.to(at::kCPU, at::kInt);
    distances_ = graph.squared_distances.sqrt().to(at::kCPU);
    return run::Run::Values{{"comparedWithAll", static_cast<double>(graph.compared_with_all)}};
  });
  return {{"neighbours", neighbours_}, {"distances", distances_}};
}

NamedTensors KnnGraph::infer(const std::string& operation, const data::Dataset&) const { unknown_operation("knn-graph", operation); }

std::vector<Slot> KnnGraph::slots() {
  std::vector<Slot> slots = scaling_.slots();
  slots.push_back({"neighbours", &neighbours_, false});
  slots.push_back({"distances", &distances_, false});
  return slots;
}

static const Registration registration("knn-graph",
                                       [](const ModelSpec& spec) -> std::unique_ptr<Method> { return std::make_unique<KnnGraph>(spec); });

}  // namespace dc::methods
