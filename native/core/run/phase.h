// A phase of training: epochs of steps over shuffled batches.
#pragma once

#include "data/rows.h"
#include "optim/optimizer.h"
#include "run/course.h"

namespace dc::run {

// Rows that one step trains on.
struct Batch {
  at::Tensor index;  // int64 [b]: positions in the dataset
  at::Tensor x;      // float32 [b, d], scaled
  int64_t size() const { return index.size(0); }
};

// What a phase needs to be run. The step is a pure sequence of tensor operations on the device: it reads nothing back.
struct Phase {
  std::string name;
  double epochs;  // passes over the data; the last may be a part of one
  int64_t batch_size;
  std::vector<optim::Optimizer*> optimizers;  // saved and resumed with the phase
  std::vector<std::string> terms;             // names of the numbers that `step` returns
  // One step on a batch; returns the terms, scalars on the device, each a mean over the batch.
  std::function<std::vector<at::Tensor>(const Batch&)> step;
  // The order of a pass, int64 [n], read off batch by batch. Empty: a random one.
  std::function<at::Tensor(at::Generator&)> order = nullptr;
  // After an epoch, with the means of the terms: more numbers for its record, and whether to stop. May be empty.
  struct EpochEnd {
    std::vector<std::pair<std::string, double>> values;
    bool stop = false;
    at::Tensor assignments = {};  // the cluster of each item, int64 [n], for whoever listens
  };
  std::function<EpochEnd(const Epoch& epoch, const std::vector<double>& means)> epoch_end = nullptr;
  // The codes [b, d] that the network gives to scaled items [b, features], for the record; without gradients or random
  // numbers. May be empty.
  std::function<at::Tensor(const at::Tensor& x)> encode = nullptr;
};

}  // namespace dc::run
