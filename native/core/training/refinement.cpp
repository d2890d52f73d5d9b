#include "training/refinement.h"

namespace dc::training {

RefinementOptions RefinementOptions::read(const OptionValues& values) {
  const int64_t clusters = values.integer("clusters"), vectors = values.integer("graphVectors");
  return {.spectral = {.clusters = clusters,
                       .graph = {.neighbours = values.integer("graphNeighbours")},
                       .scale_neighbour = values.integer("graphScale"),
                       .fewest_vectors = clusters,
                       .most_vectors = vectors > 0 ? vectors : 2 * clusters,
                       .restarts = values.integer("graphRestarts"),
                       .balance = values.number("balance")},
          .rounds = values.integer("rounds"),
          .schedule = ScheduleOptions::read(values, "round"),
          .lambda = values.number("lambda"),
          .batch_size = values.integer("batchSize")};
}

namespace {

Run::Values cluster_by_graph(const Clusters& clusters, const at::Tensor& codes, const cluster::SpectralOptions& options, Run& run) {
  at::NoGradGuard no_grad;
  const cluster::SpectralResult found = cluster::spectral_clustering(codes, options, run.generator(), [&] { run.poll(); });
  clusters.labels.copy_(found.labels);
  const at::Tensor sums = at::zeros_like(clusters.centroids).index_add_(0, found.labels, codes);
  clusters.centroids.copy_(sums / at::bincount(found.labels, {}, options.clusters).clamp_min(1).unsqueeze(1));
  clusters.variance.copy_((codes - clusters.centroids.index_select(0, found.labels)).square().mean());
  if (const std::string warning = cluster::balance_warning(found, options); !warning.empty()) run.warn(warning);
  return {{"normalisedCut", found.normalised_cut},
          {"vectors", static_cast<double>(found.vectors)},
          {"components", static_cast<double>(found.components)},
          {"attached", static_cast<double>(found.attached)}};
}

}  // namespace

void refine_by_graph(nn::Autoencoder& autoencoder, const Clusters& clusters, const RefinementOptions& options, const Augmentation& augmentation,
                     const Dataset& data, const Scaling& scaling, const std::function<at::Tensor()>& encode_all, Run& run) {
  const int64_t steps = (data.size() + options.batch_size - 1) / options.batch_size;
  for (int64_t round = 1; round <= options.rounds; ++round) {
    run.stage("graph " + std::to_string(round), [&] { return cluster_by_graph(clusters, encode_all(), options.spectral, run); });
    Optimizer optimizer("round", autoencoder.parameters(), options.schedule, steps);
    run.train({.name = "refine " + std::to_string(round),
               .epochs = options.schedule.epochs,
               .batch_size = options.batch_size,
               .optimizers = {&optimizer},
               .terms = {"reconstruction", "clustering"},
               .step =
                   [&](const Batch& batch) -> std::vector<at::Tensor> {
                     const at::Tensor x = augmentation(batch.x, run.generator());
                     const at::AutoGradMode gradients(true);
                     const at::Tensor z = autoencoder.encoder().forward(x);
                     const at::Tensor own = clusters.centroids.index_select(0, clusters.labels.index_select(0, batch.index));
                     // |x - g(f(x))|^2 + lambda/2 |f(x) - m|^2, mean over the batch; m the mean of the original items' codes
                     const at::Tensor reconstruction = autoencoder.loss(autoencoder.decoder().forward(z), augmentation.target(batch.x, x));
                     const at::Tensor clustering = nn::squared_error(z, own);
                     optimizer.minimise(reconstruction + clustering * (options.lambda / 2));
                     return {reconstruction.detach(), clustering.detach()};
                   }},
              data, scaling);
  }
  run.stage("graph", [&] { return cluster_by_graph(clusters, encode_all(), options.spectral, run); });
}

}  // namespace dc::training
