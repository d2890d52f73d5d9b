#include "methods/knn_graph.h"

namespace dc::methods {

namespace {

constexpr double kLowRecall = 0.9;

cluster::Search search_of(const std::string& name) {
  if (name == "exact") return cluster::Search::exact;
  return name == "approximate" ? cluster::Search::approximate : cluster::Search::automatic;
}

}  // namespace

KnnGraph::KnnGraph(const ModelSpec& spec)
    : options_{.neighbours = spec.options.integer("neighbours"),
               .workspace_bytes = spec.options.integer("workspace") << 20,
               .bfloat16 = spec.precision == Precision::bfloat16,
               .search = search_of(spec.options.text("search")),
               .seed = spec.seed},
      cap_norms_(spec.options.flag("capNorms")),
      scaling_(spec.options.text("scaling"), spec.features()),
      neighbours_(at::empty({0}, at::kInt)),
      distances_(at::empty({0}, at::kFloat)),
      summary_(at::empty({0}, at::kDouble)) {}

NamedTensors KnnGraph::fit(const data::Dataset& data, run::Run& run) {
  at::NoGradGuard no_grad;
  run.stage("graph", [&] {
    scaling_.fit(data, run.poller());
    data::Rows x = data::Rows::of(data, scaling_);
    if (cap_norms_) x = cluster::cap_norms(x);
    const cluster::NeighbourGraph graph = cluster::knn_graph(x, options_, run.poller());
    neighbours_ = graph.items.to(at::kCPU, at::kInt);
    distances_ = graph.squared_distances.sqrt().to(at::kCPU);
    if (graph.recall < kLowRecall) {
      run.warn("The approximate search found " + std::to_string(std::lround(graph.recall * 100)) +
               "% of the nearest neighbours; `search` 'exact' finds all.");
    }
    summary_ = at::tensor({graph.recall, graph.search == cluster::Search::approximate ? 1. : 0.}, at::kDouble);
    return run::Run::Values{{"comparedWithAll", static_cast<double>(graph.compared_with_all)}, {"recall", graph.recall}};
  });
  return {{"neighbours", neighbours_}, {"distances", distances_}, {"summary", summary_}};
}

NamedTensors KnnGraph::infer(const std::string& operation, const data::Dataset&) const { unknown_operation("knn-graph", operation); }

std::vector<Slot> KnnGraph::slots() {
  std::vector<Slot> slots = scaling_.slots();
  slots.push_back(Slot::found("neighbours", neighbours_, {Slot::kItems, Slot::kAny}, Slot::kItems).never_written());
  slots.push_back(Slot::found("distances", distances_, {Slot::kItems, Slot::kAny}).never_written());
  slots.push_back(Slot::found("summary", summary_, {2}).never_written());
  return slots;
}

static const Registration registration("knn-graph",
                                       [](const ModelSpec& spec) -> std::unique_ptr<Method> { return std::make_unique<KnnGraph>(spec); });

}  // namespace dc::methods
