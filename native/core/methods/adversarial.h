// What GAN and InfoGAN share: the two networks, their latent space and statistics, and what can be generated.
#pragma once

#include "methods/latent_codes.h"
#include "methods/method.h"
#include "nn/adversarial.h"

namespace dc::methods {

class Adversarial : public Method {
 public:
  // decode (of inputs [b, width], noise and codes as LatentSpace has them) -> items [b, …]; others are the method's own.
  NamedTensors infer(const std::string& operation, const data::Dataset& block) const override;
  std::optional<std::vector<int64_t>> input_shape(const std::string& operation) const override;
  // sample {count, seed, codes: one value a code, NaN for a drawn one} -> samples [count, …], latents [count, width];
  // traverse {code: from 0, from, to, steps, rows, seed, codes} -> samples [rows * steps, …]: in a row everything is the same but the
  // code, which takes `steps` values. Of a number, the first categorical code takes another category in each row, unless it is given.
  NamedTensors generate(const std::string& operation, const OptionValues& values) const override;
  const data::Scaling& scaling() const override { return scaling_; }
  std::vector<Slot> slots() override;
  void restored() override;

 protected:
  // Networks as the options say; `draw` also gives what a subclass adds its first weights.
  Adversarial(const ModelSpec& spec, LatentSpace space, at::Generator& draw);

  void begin(const data::Dataset& data, const run::Run& run);
  // The items of a batch, filled up with drawn ones where it is the last and smaller: [batch_size, d]. Normalisation by a few
  // items would be noise.
  at::Tensor full_batch(const run::Batch& batch, const data::Dataset& data, run::Run& run) const;
  int64_t steps_per_epoch(const data::Dataset& data) const { return optim::steps_per_epoch(data.size(), batch_size_); }
  // The running statistics of inference: the generator's over as many drawn inputs, those of `sees` over at most `count` real items. While
  // training, real and generated batches are normalised each by itself.
  void gather_statistics(const data::Dataset& data, int64_t count,
                         const std::function<void(const at::Tensor& items, const nn::Pass&)>& sees, run::Run& run);
  at::Tensor items_of(const at::Tensor& latents) const;
  std::vector<Parameter*> parameters();  // of both networks

  static constexpr int64_t kSomeItems = 1024, kManyItems = 4096;  // for statistics: after an epoch, and at the end

  std::vector<int64_t> item_shape_;
  int64_t batch_size_;
  LatentSpace space_;
  bool unit_interval_;  // the generator's output lies in 0..1
  data::Scaling scaling_;
  nn::Generator generator_;
  nn::Discriminator discriminator_;
};

// The schedules of generator and discriminator: the same but for `discriminatorLearningRate`.
struct AdversarialSchedules {
  optim::ScheduleOptions generator, discriminator;
  static AdversarialSchedules read(const OptionValues& values);
};

}  // namespace dc::methods
