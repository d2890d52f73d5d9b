// Self-training, the last phase of a clustering: a fresh network learns the clusters that were found, and then what it says itself of the
// items of which an image and its changed copies agree. After the third step of SCAN (Van Gansbeke et al. 2020, section 2.3), with the mutual
// information between two views (Ji, Henriques & Vedaldi 2019, equation 3) beside it.
#pragma once

#include "data/augmentation.h"
#include "nn/image_classifier.h"
#include "run/run.h"

namespace dc::phases {

struct SelfTrainingOptions {
  optim::ScheduleOptions schedule;
  int64_t batch_size;
  int64_t clusters;
  double warm_up;      // share of the steps that learn the labels as they were found
  double confidence;   // least probability of a label that is learned after them
  double information;  // weight of the mutual information between the answers to two views
  data::AugmentationOptions views;

  static SelfTrainingOptions read(const OptionValues& values);
};

class SelfTraining {
 public:
  // Throws RangeError for items that are not images.
  SelfTraining(const SelfTrainingOptions& options, const std::vector<int64_t>& item_shape, Precision precision, at::Device device,
               uint64_t seed);

  // The phase `self-training`, from labels int64 [n] that were found for the items.
  void train(const at::Tensor& labels, const data::Dataset& data, const data::Scaling& scaling, run::Run& run);

  // Of scaled items [b, d]: [b, clusters].
  at::Tensor probabilities(const at::Tensor& x) const;

  std::vector<Slot> slots();
  void restored();

 private:
  SelfTrainingOptions options_;
  data::Augmentation views_;
  nn::ImageClassifier network_;
  at::Tensor assignments_;  // int64 [n]: the network's own, as of each item's last visit
  at::Tensor steps_;        // int64 [1]: so far, on the device
};

// What a batch learns: the labels that were found [b] while `warming` (bool [1]), afterwards those on which the answers to an item and to two
// views of it agree, as confidently as is asked for.
struct Lesson {
  at::Tensor targets;  // [b, k], a distribution for each item
  at::Tensor weights;  // [b]: 1, or 0 for items that are left out
  at::Tensor trusted;  // [b]: 1 where the answers agree, else 0
  at::Tensor answers;  // [b, k]: the mean of the three
};

// item, first, second: probabilities [b, k].
Lesson lesson_of(const at::Tensor& found, const at::Tensor& warming, const at::Tensor& item, const at::Tensor& first,
                 const at::Tensor& second, double confidence);

}  // namespace dc::phases
