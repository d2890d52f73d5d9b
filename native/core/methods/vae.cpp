#include "methods/vae.h"

#include "loss/elbo.h"
#include "methods/autoencoder.h"
#include "methods/variational.h"
#include "random.h"
#include "run/run.h"

namespace dc::methods {

Vae::Vae(const ModelSpec& spec)
    : schedule_(optim::ScheduleOptions::read(spec.options)),
      batch_size_(spec.options.integer("batchSize")),
      item_shape_(spec.item_shape),
      device_(spec.device),
      scaling_(spec.options.text("scaling")),
      network_(make_variational_autoencoder(spec)) {}

NamedTensors Vae::fit(const data::Dataset& data, run::Run& run) {
  if (!scaling_.fitted()) scaling_.fit(data);
  const nn::Autoencoder& autoencoder = network_.autoencoder();
  if (autoencoder.options().loss == nn::AutoencoderOptions::Loss::bernoulli) scaling_.check_unit_interval(data, "loss", "bernoulli");
  optim::Optimizer optimizer("train", network_.parameters(), schedule_, (data.size() + batch_size_ - 1) / batch_size_);
  run.train(
      {.name = "train",
       .epochs = schedule_.epochs,
       .batch_size = batch_size_,
       .optimizers = {&optimizer},
       .terms = {"reconstruction", "divergence"},
       .step = [&](const run::Batch& batch) -> std::vector<at::Tensor> {
         const nn::DiagonalGaussian q = network_.forward(batch.x);
         const at::Tensor z = nn::reparameterised(q, at::randn(q.mean.sizes(), run.generator(), q.mean.options().requires_grad(false)));
         // -ELBO = -log p(x | z) + KL( q(z | x) || N(0, I) ), one sample of z      (Kingma & Welling 2014, equation 7)
         const at::Tensor reconstruction = autoencoder.loss(autoencoder.decoder().forward(z), batch.x);
         const at::Tensor divergence = loss::standard_divergence(q).mean();
         optimizer.minimise(reconstruction + divergence);
         return {reconstruction.detach(), divergence.detach()};
       },
       .epoch_end = [](int64_t, const std::vector<double>& means) -> run::Phase::EpochEnd { return {{{"elbo", -means[0] - means[1]}}}; },
       .encode = [&](const at::Tensor& x) { return network_.infer(x).mean; }},
      data, scaling_);
  return {};
}

NamedTensors Vae::infer(const std::string& operation, const data::Dataset& block) const {
  const nn::Autoencoder& autoencoder = network_.autoencoder();
  if (operation == "decode") return {{"items", decode(autoencoder, scaling_, block.rows().to(at::kFloat), item_shape_)}};
  if (operation == "reconstruct") return {{"reconstruction", reconstruct(autoencoder, scaling_, block)}};
  const at::Tensor x = scaling_.block(block, 0, block.size());
  const nn::DiagonalGaussian q = network_.infer(x);
  if (operation == "transform") return {{"embedding", q.mean}};
  if (operation != "elbo") unknown_operation("vae", operation);
  return {{"elbo", -autoencoder.item_losses(autoencoder.decoder().infer(fixed_sample(q)), x) - loss::standard_divergence(q)}};
}

std::optional<std::vector<int64_t>> Vae::input_shape(const std::string& operation) const {
  return variational_input_shape(network_, operation);
}

NamedTensors Vae::generate(const std::string& operation, const OptionValues& values) const {
  if (operation != "sample") unknown_operation("vae", operation);
  at::Generator generator = make_generator(device_, static_cast<uint64_t>(values.number("seed")));
  const at::Tensor z = at::randn({values.integer("count"), network_.autoencoder().options().latent}, generator,
                                 at::TensorOptions().dtype(at::kFloat).device(device_));
  return {{"samples", decode(network_.autoencoder(), scaling_, z, item_shape_)}, {"latents", z}};
}

std::vector<Slot> Vae::slots() { return network_slots(network_.parameters(), scaling_); }

void Vae::restored() {
  for (Parameter* parameter : network_.parameters()) parameter->refresh();
}

static const Registration registration("vae", [](const ModelSpec& spec) -> std::unique_ptr<Method> { return std::make_unique<Vae>(spec); });

}  // namespace dc::methods
