// Clusters found in an embedding by its neighbour graph, and the embedding drawn towards them before a method's own training:
// for every method that stands on an autoencoder.
#pragma once

#include "cluster/graph_degree_linkage.h"
#include "cluster/sample.h"
#include "cluster/spectral.h"
#include "data/augmentation.h"
#include "nn/autoencoder.h"
#include "run/run.h"

namespace dc::phases {

struct RefinementOptions {
  bool by_linkage;                // cluster the graph by graph degree linkage, else by its eigenvectors
  cluster::SampleOptions sample;  // that the graph is of
  cluster::SpectralOptions spectral;
  cluster::KnnOptions linkage_graph;
  cluster::LinkageOptions linkage;
  int64_t rounds;                   // of a graph and some epochs with its labels frozen, before the last graph
  optim::ScheduleOptions schedule;  // of a round
  double lambda;                    // weight of the clustering term in a round
  int64_t batch_size;

  static RefinementOptions read(const OptionValues& values);
};

// The clusters that a method starts from.
struct Clusters {
  at::Tensor labels;     // int64 [n]
  at::Tensor centroids;  // float32 [k, latent]: the means of the codes
  at::Tensor variance;   // float32 []: mean squared distance to the own centroid, per dimension of the code
};

// Stages `graph 1`, `refine 1`, … `graph`: each graph clusters the codes that `encode_all` gives, or a sample of them; in the epochs after it an
// item's code is drawn to the mean of its cluster, labels and means frozen. `clusters` are tensors of the method's state: they
// are written at each graph, so that an interrupted run goes on from it. Each graph's normalised cut stands in the history.
void refine_by_graph(nn::Autoencoder& autoencoder, const Clusters& clusters, const RefinementOptions& options,
                     const data::Augmentation& augmentation, const data::Dataset& data, const data::Scaling& scaling,
                     const std::function<at::Tensor()>& encode_all, run::Run& run);

}  // namespace dc::phases
