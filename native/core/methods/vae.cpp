#include "methods/vae.h"

#include "loss/elbo.h"
#include "random.h"
#include "run/run.h"

namespace dc::methods {

Vae::Vae(const ModelSpec& spec)
    : Variational(spec),
      schedule_(optim::ScheduleOptions::read(spec.options)),
      batch_size_(spec.options.integer("batchSize")),
      device_(spec.device) {}

NamedTensors Vae::fit(const data::Dataset& data, run::Run& run) {
  begin(data, run);
  optim::Optimizer optimizer("train", network_.parameters(), schedule_, optim::steps_per_epoch(data.size(), batch_size_));
  run.train({.name = "train",
             .epochs = schedule_.epochs,
             .batch_size = batch_size_,
             .optimizers = {&optimizer},
             .terms = {"reconstruction", "divergence"},
             .step = [&](const run::Batch& batch) -> std::vector<at::Tensor> {
               const nn::DiagonalGaussian q = network_.forward(batch.x);
               const at::Tensor z =
                   nn::reparameterised(q, at::randn(q.mean.sizes(), run.generator(), q.mean.options().requires_grad(false)));
               // -ELBO = -log p(x | z) + KL( q(z | x) || N(0, I) ), one sample of z      (Kingma & Welling 2014, equation 7)
               const at::Tensor reconstruction = autoencoder().loss(autoencoder().decoder().forward(z, nn::Pass::train()), batch.x);
               const at::Tensor divergence = loss::standard_divergence(q).mean();
               optimizer.minimise(reconstruction + divergence);
               return {reconstruction.detach(), divergence.detach()};
             },
             .epoch_end = [](const run::Epoch&, const std::vector<double>& means) -> run::Phase::EpochEnd {
               return {{{"elbo", -means[0] - means[1]}}};
             },
             .encode = [&](const at::Tensor& x) { return autoencoder().encode(x); }},
            data, scaling_);
  return {};
}

at::Tensor Vae::divergence(const nn::DiagonalGaussian& q, const at::Tensor&) const { return loss::standard_divergence(q); }

NamedTensors Vae::generate(const std::string& operation, const OptionValues& values) const {
  if (operation != "sample") unknown_operation("vae", operation);
  at::Generator generator = make_generator(device_, static_cast<uint64_t>(values.number("seed")));
  const at::Tensor z = at::randn({values.integer("count"), autoencoder().options().latent}, generator,
                                 at::TensorOptions().dtype(at::kFloat).device(device_));
  return {{"samples", decoded(z)}, {"latents", z}};
}

static const Registration registration("vae", [](const ModelSpec& spec) -> std::unique_ptr<Method> { return std::make_unique<Vae>(spec); });

}  // namespace dc::methods
