#include "methods/linkage.h"

#include "cluster/nearest_items.h"
#include "cluster/neighbour_votes.h"

namespace dc::methods {

Linkage::Linkage(const ModelSpec& spec)
    : sample_options_{.items = spec.options.integer("graphItems"),
                      .spread_over = spec.options.number("balance") == 0 ? spec.options.integer("clusters") : 0},
      graph_{.neighbours = spec.options.integer("neighbours"), .bfloat16 = spec.precision == Precision::bfloat16},
      options_(cluster::LinkageOptions::read(spec.options)),
      cap_norms_(spec.options.flag("capNorms")),
      scaling_(spec.options.text("scaling"), spec.features()),
      sample_(at::empty({0}, at::TensorOptions().dtype(at::kLong).device(spec.device))),
      items_(at::empty({0}, sample_.options().dtype(at::kFloat))),
      labels_(at::empty({0}, items_.options().dtype(at::kLong))),
      start_(at::empty({0}, at::kInt)),
      merges_(at::empty({0}, at::kInt)),
      affinities_(at::empty({0}, at::kDouble)) {
  options_.until = 1;
}

data::Rows Linkage::scaled(const data::Dataset& data) const {
  const data::Rows x = data::Rows::of(data, scaling_);
  return cap_norms_ ? cluster::cap_norms(x) : x;
}

NamedTensors Linkage::fit(const data::Dataset& data, run::Run& run) {
  at::NoGradGuard no_grad;
  const Poll& poll = run.poller();
  cluster::NeighbourGraph graph{};
  run.stage("graph", [&] {
    scaling_.fit(data, poll);
    const data::Rows x = scaled(data);
    const at::Tensor sample = cluster::draw_sample(x, sample_options_, run.generator(), poll);
    if (sample.defined()) sample_ = sample;
    items_ = (sample.defined() ? x.chosen(sample) : x).collected(poll);
    graph = cluster::knn_graph(data::Rows::of(items_), graph_, poll);
    return run::Run::Values{};
  });
  run.stage("linkage", [&] {
    if (sample_.numel() == 0)
      need_items(items_, data);
    else if (sample_.max().item<int64_t>() >= data.size())
      bad_state("its graph is of items that the data do not have");
    const data::Rows x = data::Rows::of(items_);
    if (!graph.items.defined()) graph = cluster::knn_graph(x, graph_, poll);  // of an interrupted run
    cluster::MergeTree tree = cluster::graph_degree_linkage(graph, x, cluster::neighbour_chains(graph, options_.clusters), options_, poll);
    if (sample_.numel() > 0) tree.start = start_of_all(data, tree.start, poll);
    labels_ = cluster::cut(tree, options_.clusters);
    if (sample_.numel() > 0) labels_ = labels_.index_select(0, sample_);
    start_ = tree.start.to(at::kCPU, at::kInt);
    merges_ = tree.merges.to(at::kInt);
    affinities_ = tree.affinities;
    return run::Run::Values{{"firstClusters", static_cast<double>(tree.first_clusters())}};
  });
  const at::Tensor labels = cluster::cut({start_.to(at::kLong), merges_.to(at::kLong), affinities_}, options_.clusters);
  return {{"labels", labels.to(at::kInt)}, {"start", start_}, {"merges", merges_}, {"affinities", affinities_}};
}

at::Tensor Linkage::start_of_all(const data::Dataset& data, const at::Tensor& start, const Poll& poll) const {
  at::Tensor all = at::empty({data.size()}, start.options());
  each_block(scaled(data), poll, [&](int64_t begin, int64_t end, const at::Tensor& x) {
    const at::Tensor nearest = cluster::nearest_items(x, data::Rows::of(items_), 1, poll).items.squeeze(1);
    all.slice(0, begin, end).copy_(start.index_select(0, nearest));
  });
  return all.index_copy_(0, sample_, start);
}

NamedTensors Linkage::infer(const std::string& operation, const data::Dataset& block) const {
  if (operation != "predict" && operation != "predictProba") unknown_operation("linkage", operation);
  need_clusters(labels_);
  const at::Tensor probabilities =
      cluster::neighbour_votes(scaled(block).block(0, block.size()), items_, labels_, options_.clusters, graph_.neighbours);
  if (operation == "predict") return {{"labels", probabilities.argmax(1).to(at::kInt)}};
  return {{"probabilities", probabilities}};
}

std::vector<Slot> Linkage::slots() {
  std::vector<Slot> slots = scaling_.slots();
  slots.push_back(Slot::found("sample", sample_, {Slot::kTrained}, Slot::kItems).never_written());
  slots.push_back(Slot::found("items", items_, {Slot::kTrained, scaling_.features()}).never_written());
  slots.push_back(Slot::found("labels", labels_, {Slot::kTrained}, options_.clusters).never_written());
  slots.push_back(Slot::found("start", start_, {Slot::kItems}, Slot::kItems).never_written());
  slots.push_back(Slot::found("merges", merges_, {Slot::kAny, 2}).never_written());
  slots.push_back(Slot::found("affinities", affinities_, {Slot::kAny}).never_written());
  return slots;
}

void Linkage::restored() {
  need_voters(labels_, items_);
  if (start_.numel() == 0 && labels_.numel() > 0) bad_state("it holds labels, but not the merges that they come from");
  if (start_.numel() == 0) return;
  // Row r merges two of the clusters 0 … c + r - 1.
  const int64_t first = start_.max().item<int64_t>() + 1, merges = merges_.size(0);
  const at::Tensor made = at::arange(first, first + merges, merges_.options()).unsqueeze(1);
  const bool known = merges == affinities_.size(0) && merges_.ge(0).logical_and(merges_.lt(made)).all().item<bool>();
  if (!known) bad_state("its merges are no merge tree");
}

static const Registration registration("linkage",
                                       [](const ModelSpec& spec) -> std::unique_ptr<Method> { return std::make_unique<Linkage>(spec); });

}  // namespace dc::methods
