#include "methods/dcn.h"

#include "nn/reconstruction_loss.h"

namespace dc::methods {

using run::Batch;

DcnOptions DcnOptions::read(const OptionValues& values) {
  return {.train_items = values.integer("trainItems"),
          .kmeans = {.clusters = values.integer("clusters"),
                     .restarts = values.integer("kmeansRestarts"),
                     .iterations = values.integer("kmeansIterations"),
                     .tolerance = 1e-4,
                     .plus_plus = true},
          .pretraining = phases::PretrainingOptions::read(values, "pretrain"),
          .graph_start = values.text("start") != "kmeans",
          .refinement = phases::RefinementOptions::read(values),
          .joint = optim::ScheduleOptions::read(values),
          .lambda = values.number("lambda"),
          .pseudo_count = values.number("pseudoCount"),
          .refresh_every = values.integer("refreshEvery"),
          .reencode = values.flag("reencode"),
          .final_kmeans = values.flag("finalKmeans"),
          .tolerance = values.number("tolerance")};
}

Dcn::Dcn(const ModelSpec& spec)
    : Coder(spec),
      options_(DcnOptions::read(spec.options)),
      augmentation_(data::AugmentationOptions::read(spec.options), spec.item_shape),
      network_(make_autoencoder(spec)) {
  const auto floats = at::TensorOptions().dtype(at::kFloat).device(spec.device);
  centroids_ = at::zeros({options_.kmeans.clusters, network_.options().latent}, floats);
  counts_ = at::full({options_.kmeans.clusters}, options_.pseudo_count, floats);
  variance_ = at::ones({}, floats);
  assignments_ = at::zeros({0}, floats.dtype(at::kLong));
  labels_ = at::zeros({0}, floats.dtype(at::kLong));
}

void update_centroids_(at::Tensor& centroids, at::Tensor& counts, const at::Tensor& z, const at::Tensor& assignments) {
  const at::NoTF32Guard exact;
  // indicator [b, k]: its transpose times z sums the batch per cluster without reading anything back
  const at::Tensor indicator = at::zeros({z.size(0), centroids.size(0)}, z.options()).scatter_(1, assignments.unsqueeze(1), 1.0);
  const at::Tensor members = indicator.sum(0);  // n_k
  centroids.mul_(counts.unsqueeze(1)).addmm_(indicator.t(), z);
  counts.add_(members);
  centroids.div_(counts.unsqueeze(1));
}

at::Tensor Dcn::codes_of(const data::Dataset& data, const run::Run& run) const {
  return phases::all_of(phases::encoded(network_, data, scaling_, run), run);
}

void Dcn::adopt(const cluster::KMeansResult& result, at::Tensor& labels) {
  centroids_.copy_(result.centroids);
  // In place where there are some: a recorded step reads and writes them where they are.
  if (labels.sizes() == result.labels.sizes())
    labels.copy_(result.labels);
  else
    labels = result.labels;
  variance_.fill_(result.inertia / static_cast<double>(labels.numel() * centroids_.size(1)));
}

NamedTensors Dcn::fit(const data::Dataset& data, run::Run& run) {
  begin(data, run);
  phases::pretrain("pretrain", network_, options_.pretraining, augmentation_, data, scaling_, run);

  at::NoGradGuard no_grad;
  const std::optional<data::Part> part = run.part_of(data, options_.train_items);
  const data::Dataset& trained = part ? *part : data;
  start(trained, run);
  need_items(assignments_, trained);
  joint_phase(trained, run);
  run.stage("read-out", [&] {
    read_out(data, trained, run);
    return run::Run::Values{};
  });

  // A finished model that was saved before it had labels of its own has them among its assignments.
  const at::Tensor labels = (labels_.numel() > 0 ? labels_ : assignments_).to(at::kCPU, at::kInt);
  at::Tensor assignments = assignments_.to(at::kCPU, at::kInt);
  if (part) assignments = labels.index_copy(0, part->items(), assignments);
  return {{"labels", labels},
          {"assignments", assignments},
          {"sizes", at::bincount(labels, {}, options_.kmeans.clusters).to(at::kInt)},
          {"inertia", variance_.to(at::kCPU, at::kDouble) * static_cast<double>(labels.numel() * centroids_.size(1))}};
}

void Dcn::read_out(const data::Dataset& data, const data::Dataset& trained, run::Run& run) {
  const bool all = &trained == &data;
  if (options_.final_kmeans) {
    const data::Rows codes = data::Rows::of(codes_of(trained, run));
    adopt(cluster::kmeans(codes, options_.kmeans, run.generator(), run.poller()), labels_);
    if (all) return;
  }
  cluster::KMeansOptions only_assign = options_.kmeans;
  only_assign.iterations = 0;
  adopt(cluster::kmeans_from(phases::encoded(network_, data, scaling_, run), centroids_, only_assign, run.poller()), labels_);
}

void Dcn::start(const data::Dataset& data, run::Run& run) {
  if (options_.graph_start) {
    if (assignments_.numel() == 0) assignments_ = at::zeros({data.size()}, assignments_.options());
    phases::refine_by_graph(
        network_, {assignments_, centroids_, variance_}, options_.refinement, augmentation_, data, scaling_,
        [&] { return codes_of(data, run); }, run);
    return;
  }
  run.stage("start", [&] {
    adopt(cluster::kmeans(data::Rows::of(codes_of(data, run)), options_.kmeans, run.generator(), run.poller()), assignments_);
    return run::Run::Values{};
  });
}

void Dcn::joint_phase(const data::Dataset& data, run::Run& run) {
  const int64_t batch_size = options_.pretraining.batch_size;
  optim::Optimizer optimizer("joint", network_.parameters(), options_.joint, optim::steps_per_epoch(data.size(), batch_size));

  // The order inside a batch is the official code's: network, assignment, centroids.
  const auto step = [&](const Batch& batch) -> std::vector<at::Tensor> {
    const at::Tensor x = augmentation_(batch.x, run.generator());
    const at::Tensor assigned = assignments_.index_select(0, batch.index);  // s_i of the last visit

    at::Tensor z, reconstruction, clustering;
    {
      const at::AutoGradMode gradients(true);
      z = network_.encoder().forward(x, nn::Pass::train());
      // sum_i |x_i - g(f(x_i))|^2 + lambda/2 |f(x_i) - M s_i|^2, mean over the batch      (Yang et al. 2017, the cost of DCN)
      reconstruction = network_.loss(network_.decoder().forward(z, nn::Pass::train()), augmentation_.target(batch.x, x));
      clustering = nn::squared_error(z, centroids_.index_select(0, assigned));
      optimizer.minimise(reconstruction + clustering * (options_.lambda / 2));
    }

    // s_i = argmin_k |f(x_i) - m_k|, encoded anew as published (the image itself, not its augmented copy), or as it was
    // before the update: one forward pass less.
    const at::Tensor code = (options_.reencode ? network_.encoder().forward(batch.x, nn::Pass::train()) : z.detach()).to(at::kFloat);
    const at::Tensor nearest = cluster::nearest(code, centroids_);
    assignments_.index_copy_(0, batch.index, nearest);
    update_centroids_(centroids_, counts_, code, nearest);
    return {reconstruction.detach(), clustering.detach(), nearest.ne(assigned).to(at::kFloat).mean()};
  };

  const auto epoch_end = [&](const run::Epoch& epoch, const std::vector<double>& means) -> run::Phase::EpochEnd {
    const int64_t empty = at::bincount(assignments_, {}, options_.kmeans.clusters).eq(0).sum().item<int64_t>();
    const bool settled = means[2] < options_.tolerance;
    if (!settled && !epoch.last && epoch.ends_pass && options_.refresh_every > 0 && epoch.pass % options_.refresh_every == 0) {
      // k-means from where the centroids stand; the counts stay, as in the official code.
      adopt(cluster::kmeans_from(data::Rows::of(codes_of(data, run)), centroids_, options_.kmeans, run.poller()), assignments_);
    }
    return {{{"empty", static_cast<double>(empty)}}, settled, assignments_};
  };

  run.train({.name = "joint",
             .epochs = options_.joint.epochs,
             .batch_size = batch_size,
             .optimizers = {&optimizer},
             .terms = {"reconstruction", "clustering", "changed"},
             .step = step,
             .epoch_end = epoch_end,
             .encode = [&](const at::Tensor& x) { return network_.encode(x); }},
            data, scaling_);
}

NamedTensors Dcn::answer(const std::string& operation, const at::Tensor& x) const {
  need_clusters(assignments_);
  const at::Tensor distances = cluster::squared_distances(network_.encode(x), centroids_);
  if (operation == "predict") return {{"labels", distances.argmin(1).to(at::kInt)}};
  if (operation == "predictProba") return {{"probabilities", cluster::soft_assignments(distances, variance_)}};
  return Coder::answer(operation, x);
}

NamedTensors Dcn::generate(const std::string& operation, const OptionValues&) const {
  if (operation != "prototypes") unknown_operation("dcn", operation);
  need_clusters(assignments_);
  return {{"prototypes", decoded(centroids_)}};
}

std::vector<Slot> Dcn::slots() {
  std::vector<Slot> slots = Coder::slots();
  slots.push_back(Slot::learned("centroids", centroids_));
  slots.push_back(Slot::learned("counts", counts_));
  slots.push_back(Slot::learned("variance", variance_));
  slots.push_back(Slot::assignments("assignments", assignments_, options_.kmeans.clusters, Slot::kTrained));
  slots.push_back(Slot::assignments("labels", labels_, options_.kmeans.clusters));
  return slots;
}

static const Registration registration("dcn", [](const ModelSpec& spec) -> std::unique_ptr<Method> { return std::make_unique<Dcn>(spec); });

}  // namespace dc::methods
