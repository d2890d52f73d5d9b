#include "methods/gan.h"

#include "loss/adversarial.h"
#include "random.h"

namespace dc::methods {

using nn::Pass;

Gan::Gan(const ModelSpec& spec) : Gan(spec, make_generator(spec.device, spec.seed)) {}

Gan::Gan(const ModelSpec& spec, at::Generator draw)
    : Adversarial(spec, LatentSpace::read(spec.options), draw),
      schedules_(AdversarialSchedules::read(spec.options)) {}

NamedTensors Gan::fit(const data::Dataset& data, run::Run& run) {
  begin(data, run);
  optim::Optimizer of_discriminator("discriminator", discriminator_.parameters(), schedules_.discriminator, steps_per_epoch(data));
  optim::Optimizer of_generator("generator", generator_.parameters(), schedules_.generator, steps_per_epoch(data));
  AdversarialBalance balance;

  const auto step = [&](const run::Batch& batch) -> std::vector<at::Tensor> {
    const at::Tensor real = full_batch(batch, data, run), latents = space_.draw(batch_size_, run.generator());
    const at::Tensor generated = generator_.forward(latents, Pass::train()), seen = generated.detach();

    const at::Tensor real_logits = discriminator_.logits(discriminator_.features(real, Pass::train()), Pass::train());
    const at::Tensor seen_logits = discriminator_.logits(discriminator_.features(seen, Pass::train()), Pass::train());
    const at::Tensor discriminator = loss::discriminator_loss(real_logits, seen_logits);
    of_discriminator.minimise(discriminator);

    // The same items, as the discriminator sees them after its step. Only the generator's gradients are computed.
    const at::Tensor generator =
        loss::generator_loss(discriminator_.logits(discriminator_.features(generated, Pass::train()), Pass::train()));
    of_generator.minimise(generator);

    std::vector<at::Tensor> terms{discriminator.detach(), generator.detach()};
    for (const at::Tensor& term : AdversarialBalance::terms(real_logits, seen_logits, real, seen)) terms.push_back(term);
    return terms;
  };

  std::vector<std::string> names{"discriminator", "generator"};
  for (const std::string& name : AdversarialBalance::names()) names.push_back(name);
  const auto sees = [&](const at::Tensor& items, const Pass& pass) { discriminator_.features(items, pass); };
  run.train({.name = "train",
             .epochs = schedules_.generator.epochs,
             .batch_size = batch_size_,
             .optimizers = {&of_discriminator, &of_generator},
             .terms = names,
             .step = step,
             .epoch_end = [&](const run::Epoch& epoch, const std::vector<double>& means) -> run::Phase::EpochEnd {
               balance.judge(&means[2], epoch.last, run);
               gather_statistics(data, epoch.last ? kManyItems : kSomeItems, sees, run);
               return {};
             },
             .encode = [&](const at::Tensor& x) { return features_of(x); }},
            data, scaling_);
  return {};
}

NamedTensors Gan::infer(const std::string& operation, const data::Dataset& block) const {
  if (operation != "transform") return Adversarial::infer(operation, block);
  return {{"embedding", features_of(scaling_.all(block))}};
}

at::Tensor Gan::features_of(const at::Tensor& items) const {
  return nn::infer([&](const Pass& pass) { return discriminator_.features(items, pass); });
}

static const Registration registration("gan", [](const ModelSpec& spec) -> std::unique_ptr<Method> { return std::make_unique<Gan>(spec); });

}  // namespace dc::methods
