#include "phases/self_training.h"

#include "cluster/mutual_information.h"
#include "error.h"
#include "random.h"

namespace dc::phases {

using nn::Pass;

namespace {

constexpr char kPrefix[] = "selfTraining";
constexpr double kFinalRate = 0.02;
constexpr uint64_t kWeights = 1 << 21;  // a random stream beyond those of the run

nn::ImageClassifier make_network(const SelfTrainingOptions& options, const std::vector<int64_t>& item_shape, Precision precision,
                                 at::Device device, uint64_t seed) {
  const std::optional<nn::Image> image = nn::Image::of(item_shape);
  if (!nn::ImageClassifier::takes(image)) {
    throw Error("RangeError", "Expected images of at least " + std::to_string(nn::ImageClassifier::kLeastSide) +
                                  " pixels on a side for self-training, but received others: set `selfTrainingEpochs` to 0");
  }
  at::Generator generator = make_generator(device, split_seed(seed, kWeights));
  return {"self_training", *image, options.clusters, precision, device, generator};
}

}  // namespace

SelfTrainingOptions SelfTrainingOptions::read(const OptionValues& values) {
  const auto number = [&](const char* name) { return values.number(option_name(kPrefix, name)); };
  return {.schedule = {.epochs = number("epochs"),
                       .optimizer = optim::ScheduleOptions::Optimizer::adam,
                       .learning_rate = number("learningRate"),
                       .decay = optim::ScheduleOptions::Decay::cosine,
                       .final_rate = kFinalRate},
          .batch_size = values.integer("batchSize"),
          .clusters = values.integer("clusters"),
          .warm_up = number("warmUp"),
          .confidence = number("confidence"),
          .information = number("information"),
          .views = data::AugmentationOptions::read_changes(values, kPrefix)};
}

SelfTraining::SelfTraining(const SelfTrainingOptions& options, const std::vector<int64_t>& item_shape, Precision precision,
                           at::Device device, uint64_t seed)
    : options_(options),
      views_(options.views, item_shape),
      network_(make_network(options, item_shape, precision, device, seed)) {
  const auto whole = at::TensorOptions().dtype(at::kLong).device(device);
  assignments_ = at::zeros({0}, whole);
  steps_ = at::zeros({1}, whole);
}

Lesson lesson_of(const at::Tensor& found, const at::Tensor& warming, const at::Tensor& item, const at::Tensor& first,
                 const at::Tensor& second, double confidence) {
  Lesson lesson;
  lesson.answers = (item + first + second) / 3;
  const at::Tensor label = item.argmax(1);
  const at::Tensor agreed =
      label.eq(first.argmax(1)).logical_and_(label.eq(second.argmax(1))).logical_and_(lesson.answers.amax(1).gt(confidence));
  const at::Tensor given = at::zeros_like(item).scatter_(1, found.unsqueeze(1), 1.0);
  lesson.targets = at::where(warming, given, lesson.answers);
  lesson.weights = agreed.logical_or(warming).to(at::kFloat);
  lesson.trusted = agreed.to(at::kFloat);
  return lesson;
}

void SelfTraining::train(const at::Tensor& labels, const data::Dataset& data, const data::Scaling& scaling, run::Run& run) {
  if (assignments_.numel() == 0) assignments_ = labels.clone();
  const int64_t per_epoch = optim::steps_per_epoch(data.size(), options_.batch_size);
  const auto warm_steps = static_cast<int64_t>(std::llround(options_.warm_up * static_cast<double>(options_.schedule.steps(per_epoch))));
  optim::Optimizer optimizer(kPrefix, network_.parameters(), options_.schedule, per_epoch);

  const auto step = [&](const run::Batch& batch) -> std::vector<at::Tensor> {
    at::NoGradGuard no_grad;
    const at::Tensor views = at::cat({views_(batch.x, run.generator()), views_(batch.x, run.generator())});
    const at::Tensor item = network_.logits(batch.x, Pass::train()).softmax(1);
    at::Tensor cross_entropy, information;
    Lesson lesson;
    {
      const at::AutoGradMode gradients(true);
      const at::Tensor logs = network_.logits(views, Pass::train(nn::kRunningMomentum)).log_softmax(1), p = logs.exp();
      const std::vector<at::Tensor> log = logs.chunk(2), two = p.chunk(2);
      lesson = lesson_of(labels.index_select(0, batch.index), steps_.lt(warm_steps), item, two[0].detach(), two[1].detach(),
                         options_.confidence);
      // -1/2 sum_k q_k (log p_k(a) + log p_k(b)), mean over the items that are learned
      const at::Tensor each = (lesson.targets * (log[0] + log[1])).sum(1) * -0.5;
      cross_entropy = (lesson.weights * each).sum() / lesson.weights.sum().clamp_min(1);
      information = cluster::mutual_information(two[0], two[1]);
      optimizer.minimise(options_.information > 0 ? cross_entropy - information * options_.information : cross_entropy);
    }
    assignments_.index_copy_(0, batch.index, lesson.answers.argmax(1));
    steps_.add_(1);
    return {cross_entropy.detach(), information.detach(), lesson.trusted.mean()};
  };

  run.train({.name = "self-training",
             .epochs = options_.schedule.epochs,
             .batch_size = options_.batch_size,
             .optimizers = {&optimizer},
             .terms = {"crossEntropy", "mutualInformation", "agreement"},
             .step = step,
             .epoch_end = [&](const run::Epoch&, const std::vector<double>&) -> run::Phase::EpochEnd { return {{}, false, assignments_}; },
             .encode = [&](const at::Tensor& x) { return nn::infer([&](const Pass& pass) { return network_.features(x, pass); }); }},
            data, scaling);
}

at::Tensor SelfTraining::probabilities(const at::Tensor& x) const {
  return nn::infer([&](const Pass& pass) { return network_.logits(x, pass).softmax(1); });
}

std::vector<Slot> SelfTraining::slots() {
  std::vector<Slot> slots = learned_slots(network_.parameters(), network_.buffers());
  slots.push_back(Slot::assignments("self_training.assignments", assignments_, options_.clusters, Slot::kTrained));
  slots.push_back(Slot::learned("self_training.steps", steps_));
  return slots;
}

void SelfTraining::restored() {
  for (Parameter* parameter : network_.parameters()) parameter->refresh();
}

}  // namespace dc::phases
