#include "phases/refinement.h"

#include "nn/reconstruction_loss.h"

namespace dc::phases {

RefinementOptions RefinementOptions::read(const OptionValues& values) {
  const int64_t clusters = values.integer("clusters"), vectors = values.integer("graphVectors");
  // Where clusters may be of any size, a rare one must be in the sample.
  const bool rare = values.number("balance") == 0;
  RefinementOptions options{.by_linkage = values.text("start") == "linkage",
                            .sample = {.items = values.integer("graphItems"), .spread_over = rare ? clusters : 0},
                            .spectral = {.clusters = clusters,
                                         .graph = {.neighbours = values.integer("graphNeighbours")},
                                         .scale_neighbour = values.integer("graphScale"),
                                         .fewest_vectors = clusters,
                                         .most_vectors = vectors > 0 ? vectors : 2 * clusters,
                                         .restarts = values.integer("graphRestarts"),
                                         .balance = values.number("balance")},
                            .linkage_graph = {},
                            .linkage = {},
                            .rounds = values.integer("rounds"),
                            .schedule = optim::ScheduleOptions::read(values, "round"),
                            .lambda = values.number("lambda"),
                            .batch_size = values.integer("batchSize")};
  if (options.by_linkage) {  // methods without this start have no such options
    options.linkage_graph.neighbours = values.integer("linkageNeighbours");
    options.linkage = cluster::LinkageOptions::read(values, "linkage");
  }
  return options;
}

namespace {

using Found = std::pair<at::Tensor, run::Run::Values>;  // the labels of codes, and what the history is to say about them

Found by_eigenvectors(const at::Tensor& codes, const cluster::SpectralOptions& options, run::Run& run) {
  const cluster::SpectralResult found = cluster::spectral_clustering(data::Rows::of(codes), options, run.generator(), run.poller());
  if (const std::string warning = cluster::balance_warning(found, options); !warning.empty()) run.warn(warning);
  return {found.labels,
          {{"normalisedCut", found.normalised_cut},
           {"vectors", static_cast<double>(found.vectors)},
           {"components", static_cast<double>(found.components)},
           {"attached", static_cast<double>(found.attached)}}};
}

Found by_linkage(const at::Tensor& codes, const RefinementOptions& options, run::Run& run) {
  const Poll poll = run.poller();
  const data::Rows rows = data::Rows::of(codes);
  const int64_t clusters = options.linkage.clusters;
  const cluster::NeighbourGraph graph = cluster::knn_graph(rows, options.linkage_graph, poll);
  const cluster::MergeTree tree =
      cluster::graph_degree_linkage(graph, rows, cluster::neighbour_chains(graph, clusters), options.linkage, poll);
  const at::Tensor labels = cluster::cut(tree, clusters);
  // Runs are ranked by the same number, however their clusters were found.
  const double normalised_cut =
      cluster::normalised_cut(cluster::self_tuning_affinity(graph, options.spectral.scale_neighbour, poll), labels, clusters);
  return {labels, {{"normalisedCut", normalised_cut}, {"firstClusters", static_cast<double>(tree.first_clusters())}}};
}

Found by_graph(const at::Tensor& codes, const RefinementOptions& options, run::Run& run) {
  return options.by_linkage ? by_linkage(codes, options, run) : by_eigenvectors(codes, options.spectral, run);
}

Found by_sample(const at::Tensor& codes, const RefinementOptions& options, run::Run& run) {
  const data::Rows rows = data::Rows::of(codes);
  const at::Tensor sample = cluster::draw_sample(rows, options.sample, run.generator(), run.poller());
  if (!sample.defined()) return by_graph(codes, options, run);
  const at::Tensor items = codes.index_select(0, sample);
  auto [labels, values] = by_graph(items, options, run);
  const int64_t neighbours = (options.by_linkage ? options.linkage_graph : options.spectral.graph).neighbours;
  values.emplace_back("graphItems", static_cast<double>(sample.size(0)));
  return {cluster::labels_of_all(rows, sample, items, labels, options.spectral.clusters, neighbours, run.poller()), values};
}

run::Run::Values cluster_by_graph(const Clusters& clusters, const at::Tensor& codes, const RefinementOptions& options, run::Run& run) {
  at::NoGradGuard no_grad;
  const auto [labels, values] = by_sample(codes, options, run);
  clusters.labels.copy_(labels);
  const at::Tensor sums = at::zeros_like(clusters.centroids).index_add_(0, labels, codes);
  clusters.centroids.copy_(sums / at::bincount(labels, {}, options.spectral.clusters).clamp_min(1).unsqueeze(1));
  clusters.variance.copy_((codes - clusters.centroids.index_select(0, labels)).square().mean());
  return values;
}

}  // namespace

void refine_by_graph(nn::Autoencoder& autoencoder, const Clusters& clusters, const RefinementOptions& options,
                     const data::Augmentation& augmentation, const data::Dataset& data, const data::Scaling& scaling,
                     const std::function<at::Tensor()>& encode_all, run::Run& run) {
  const int64_t steps = optim::steps_per_epoch(data.size(), options.batch_size);
  for (int64_t round = 1; round <= options.rounds; ++round) {
    run.stage("graph " + std::to_string(round), [&] { return cluster_by_graph(clusters, encode_all(), options, run); });
    optim::Optimizer optimizer("round", autoencoder.parameters(), options.schedule, steps);
    run.train({.name = "refine " + std::to_string(round),
               .epochs = options.schedule.epochs,
               .batch_size = options.batch_size,
               .optimizers = {&optimizer},
               .terms = {"reconstruction", "clustering"},
               .step = [&](const run::Batch& batch) -> std::vector<at::Tensor> {
                 const at::Tensor x = augmentation(batch.x, run.generator());
                 const at::AutoGradMode gradients(true);
                 const at::Tensor z = autoencoder.encoder().forward(x, nn::Pass::train());
                 const at::Tensor own = clusters.centroids.index_select(0, clusters.labels.index_select(0, batch.index));
                 // |x - g(f(x))|^2 + lambda/2 |f(x) - m|^2, mean over the batch; m the mean of the original items' codes
                 const at::Tensor reconstruction =
                     autoencoder.loss(autoencoder.decoder().forward(z, nn::Pass::train()), augmentation.target(batch.x, x));
                 const at::Tensor clustering = nn::squared_error(z, own);
                 optimizer.minimise(reconstruction + clustering * (options.lambda / 2));
                 return {reconstruction.detach(), clustering.detach()};
               },
               .encode = [&](const at::Tensor& x) { return autoencoder.encode(x); }},
              data, scaling);
  }
  run.stage("graph", [&] { return cluster_by_graph(clusters, encode_all(), options, run); });
}

}  // namespace dc::phases
