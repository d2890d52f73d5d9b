#include "methods/jule.h"

#include "cluster/neighbour_votes.h"
#include "methods/cluster_order.h"
#include "phases/encoding.h"
#include "random.h"

namespace dc::methods {

using run::Batch;

namespace {

nn::Embedding make_embedding(const ModelSpec& spec) {
  at::Generator generator = make_generator(spec.device, spec.seed);
  return {nn::EmbeddingOptions::read(spec.options), spec.item_shape, spec.precision, spec.device, generator};
}

}  // namespace

JuleOptions JuleOptions::read(const ModelSpec& spec) {
  const OptionValues& values = spec.options;
  optim::ScheduleOptions period = optim::ScheduleOptions::read(values);
  period.weight_decay = values.number("weightDecay");
  return {.train_items = values.integer("trainItems"),
          .graph = {.neighbours = values.integer("neighbours"), .bfloat16 = spec.precision == Precision::bfloat16},
          .linkage = cluster::LinkageOptions::read(values),
          .period = period,
          .triplet = {.gamma = values.number("gamma"), .margin = values.number("margin"), .negatives = values.integer("negatives")},
          .batch_size = values.integer("batchSize"),
          .members = values.integer("members"),
          .eta = values.number("eta"),
          .cap_norms = values.flag("capNorms"),
          .recluster = values.flag("recluster")};
}

Jule::Jule(const ModelSpec& spec)
    : options_(JuleOptions::read(spec)),
      scaling_(spec.options.text("scaling"), spec.features()),
      augmentation_(data::AugmentationOptions::read_changes(spec.options), spec.item_shape),
      network_(make_embedding(spec)) {
  const auto floats = at::TensorOptions().dtype(at::kFloat).device(spec.device);
  partitions_ = at::empty({0}, at::kInt);
  current_ = at::empty({0}, floats.dtype(at::kLong));
  features_ = at::empty({0}, floats);
  labels_ = at::empty({0}, floats.dtype(at::kLong));
}

void Jule::keep_partition(const at::Tensor& labels) {
  current_ = labels;
  const at::Tensor row = labels.to(at::kCPU, at::kInt).unsqueeze(0);
  partitions_ = partitions_.numel() == 0 ? row : at::cat({partitions_, row});
}

int64_t Jule::clusters_after(int64_t period) const {
  if (period >= partitions_.size(0))
    bad_state("it holds the clusters of " + std::to_string(partitions_.size(0)) + " periods, and finished more");
  return partitions_[period].max().item<int64_t>() + 1;
}

cluster::MergeTree Jule::merge(const cluster::NeighbourGraph& graph, const at::Tensor& start, int64_t until, run::Run& run) const {
  cluster::LinkageOptions options = options_.linkage;
  options.until = until;
  return cluster::graph_degree_linkage(graph, data::Rows::of(features_), start, options, run.poller());
}

NamedTensors Jule::fit(const data::Dataset& all, run::Run& run) {
  at::NoGradGuard no_grad;
  const std::optional<data::Part> part = run.part_of(all, options_.train_items);
  const data::Dataset& data = part ? *part : all;
  if (current_.numel() > 0) need_items(current_, data);
  if (!scaling_.fitted()) scaling_.fit(all, run.poller());
  const Poll& poll = run.poller();
  const int64_t wanted = options_.linkage.clusters;

  run.stage("clusters", [&] {
    const data::Rows x = data::Rows::of(data, scaling_);
    keep_partition(
        cluster::neighbour_chains(cluster::knn_graph(options_.cap_norms ? cluster::cap_norms(x) : x, options_.graph, poll), wanted));
    return run::Run::Values{{"clusters", static_cast<double>(clusters_after(0))}};
  });

  for (int64_t period = 1; period == 1 || clusters_after(period - 1) > wanted; ++period) {
    train_period(period, data, run);
    run.stage("merge " + std::to_string(period), [&] {
      features_ = phases::all_of(encoded(data, run), run);
      const int64_t before = clusters_after(period - 1);
      const int64_t merges = static_cast<int64_t>(std::ceil(options_.eta * static_cast<double>(before)));
      const int64_t until = std::max(wanted, before - merges);
      const cluster::MergeTree tree = merge(cluster::knn_graph(data::Rows::of(features_), options_.graph, poll), current_, until, run);
      keep_partition(cluster::cut(tree, until));
      return run::Run::StageEnd{
          {{"clusters", static_cast<double>(until)}, {"merges", static_cast<double>(before - until)}},
          [&](const at::Tensor& items) { return part ? encoded(all, run).gather(items) : features_.index_select(0, items); }};
    });
  }

  run.stage("read-out", [&] {
    labels_ = current_;
    if (!options_.recluster) return run::Run::Values{};
    const cluster::NeighbourGraph graph = cluster::knn_graph(data::Rows::of(features_), options_.graph, poll);
    const at::Tensor chains = cluster::neighbour_chains(graph, wanted);
    const cluster::MergeTree tree = merge(graph, chains, wanted, run);
    labels_ = cluster::cut(tree, wanted);
    return run::Run::Values{{"firstClusters", static_cast<double>(tree.first_clusters())}};
  });
  NamedTensors results{{"labels", labels_.to(at::kCPU, at::kInt)}, {"joint", current_.to(at::kCPU, at::kInt)}, {"partitions", partitions_}};
  if (part) {
    const at::Tensor labels = phases::label_all(encoded(all, run), [&](const at::Tensor& z) { return votes(z).argmax(1); }, run);
    results["labels"] = labels.index_copy_(0, part->items().to(all.device()), labels_).to(at::kCPU, at::kInt);
    results["items"] = part->items().to(at::kInt);
  }
  return results;
}

data::Rows Jule::encoded(const data::Dataset& data, const run::Run& run) const {
  return phases::encoded([this](const at::Tensor& x) { return network_.infer(x); }, network_.dimensions(), data, scaling_, run);
}

at::Tensor Jule::votes(const at::Tensor& z) const {
  return cluster::neighbour_votes(z, features_, labels_, options_.linkage.clusters, options_.graph.neighbours);
}

void Jule::train_period(int64_t period, const data::Dataset& data, run::Run& run) {
  const int64_t steps = optim::steps_per_epoch(data.size(), options_.batch_size);
  optim::ScheduleOptions schedule = options_.period;
  schedule.first_step = (period - 1) * schedule.steps(steps);
  optim::Optimizer optimizer("period", network_.parameters(), schedule, steps);
  run.train({.name = "period " + std::to_string(period),
             .epochs = schedule.epochs,
             .batch_size = options_.batch_size,
             .optimizers = {&optimizer},
             .terms = {"triplet", "active"},
             .step = [&](const Batch& batch) -> std::vector<at::Tensor> {
               const at::Tensor x = augmentation_(batch.x, run.generator());
               const at::AutoGradMode gradients(true);
               const loss::TripletLoss loss =
                   loss::triplet_loss(network_.forward(x), current_.index_select(0, batch.index), options_.triplet, run.generator());
               optimizer.minimise(loss.value);
               return {loss.value.detach(), loss.active};
             },
             .order = [&](at::Generator& generator) { return order_by_clusters(current_, options_.members, generator); }},
            data, scaling_);
}

NamedTensors Jule::infer(const std::string& operation, const data::Dataset& block) const {
  const at::Tensor z = network_.infer(scaling_.all(block));
  if (operation == "transform") return {{"embedding", z}};
  if (operation != "predict" && operation != "predictProba") unknown_operation("jule", operation);
  need_clusters(labels_);
  const at::Tensor probabilities = votes(z);
  if (operation == "predict") return {{"labels", probabilities.argmax(1).to(at::kInt)}};
  return {{"probabilities", probabilities}};
}

std::vector<Slot> Jule::slots() {
  std::vector<Slot> slots = network_slots(network_.parameters(), scaling_, network_.buffers());
  slots.push_back(Slot::found("partitions", partitions_, {Slot::kAny, Slot::kTrained}, Slot::kTrained).never_written());
  slots.push_back(Slot::found("current", current_, {Slot::kTrained}, Slot::kTrained).never_written());
  slots.push_back(Slot::found("features", features_, {Slot::kTrained, network_.dimensions()}).never_written());
  slots.push_back(Slot::found("labels", labels_, {Slot::kTrained}, options_.linkage.clusters).never_written());
  return slots;
}

void Jule::restored() {
  for (Parameter* parameter : network_.parameters()) parameter->refresh();
  need_voters(labels_, features_);
  if (current_.numel() == 0 && partitions_.numel() == 0) return;
  // The linkage walks the items of every cluster.
  const bool same = partitions_.numel() > 0 && current_.to(at::kCPU, at::kInt).equal(partitions_[-1]);
  if (!same || at::bincount(current_).min().item<int64_t>() == 0)
    bad_state("its clusters are not those of its last partition, or one is empty");
}

static const Registration registration("jule",
                                       [](const ModelSpec& spec) -> std::unique_ptr<Method> { return std::make_unique<Jule>(spec); });

}  // namespace dc::methods
