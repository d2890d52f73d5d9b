#include "phases/pretraining.h"

#include "nn/reconstruction_loss.h"

namespace dc::phases {

using nn::Pass;

PretrainingOptions PretrainingOptions::read(const OptionValues& values, const std::string& prefix) {
  return {.schedule = optim::ScheduleOptions::read(values, prefix),
          .layerwise_epochs = values.number("layerwiseEpochs"),
          .corruption = values.number("corruption"),
          .batch_size = values.integer("batchSize")};
}

namespace {

void pretrain_layer(int64_t layer, nn::Autoencoder& autoencoder, const PretrainingOptions& options, const data::Dataset& data,
                    const data::Scaling& scaling, run::Run& run) {
  nn::Mlp &encoder = autoencoder.encoder(), &decoder = autoencoder.decoder();
  const int64_t mirror = encoder.layers() - 1 - layer;  // the decoder's layer that undoes this one
  const bool outermost = layer == 0, innermost = mirror == 0;

  std::vector<Parameter*> parameters = encoder.parameters(layer, layer + 1);
  for (Parameter* parameter : decoder.parameters(mirror, mirror + 1)) parameters.push_back(parameter);
  optim::ScheduleOptions schedule = options.schedule;
  schedule.epochs = options.layerwise_epochs;
  optim::Optimizer optimizer("layer", parameters, schedule, optim::steps_per_epoch(data.size(), options.batch_size));

  run.train({.name = "layer " + std::to_string(layer + 1),
             .epochs = schedule.epochs,
             .batch_size = options.batch_size,
             .optimizers = {&optimizer},
             .terms = {"reconstruction"},
             .step = [&](const run::Batch& batch) -> std::vector<at::Tensor> {
               // h: what the layers below make of the batch; h~: h with a share of its entries set to 0
               const at::Tensor h =
                   nn::infer([&](const Pass& pass) { return encoder.forward(batch.x, pass, 0, layer, /*last_activated=*/true); });
               at::Tensor corrupted = h;
               if (options.corruption > 0) corrupted = h * at::empty_like(h).bernoulli_(1 - options.corruption, run.generator());
               const at::Tensor code = encoder.forward(corrupted, Pass::train(), layer, layer + 1, /*last_activated=*/!innermost);
               const at::Tensor output = decoder.forward(code, Pass::train(), mirror, mirror + 1, /*last_activated=*/!outermost);
               const at::Tensor loss = outermost ? autoencoder.loss(output, h) : nn::squared_error(output, h);
               optimizer.minimise(loss);
               return {loss};
             }},
            data, scaling);
}

}  // namespace

void pretrain(const std::string& name, nn::Autoencoder& autoencoder, const PretrainingOptions& options,
              const data::Augmentation& augmentation, const data::Dataset& data, const data::Scaling& scaling, run::Run& run) {
  if (options.layerwise_epochs > 0) {
    for (int64_t layer = 0; layer < autoencoder.encoder().layers(); ++layer)
      pretrain_layer(layer, autoencoder, options, data, scaling, run);
  }
  optim::Optimizer optimizer(name, autoencoder.parameters(), options.schedule, optim::steps_per_epoch(data.size(), options.batch_size));
  std::vector<std::string> terms{"reconstruction"};
  if (options.contrast) terms.push_back("contrast");
  run.train({.name = name,
             .epochs = options.schedule.epochs,
             .batch_size = options.batch_size,
             .optimizers = {&optimizer},
             .terms = terms,
             .step = [&](const run::Batch& batch) -> std::vector<at::Tensor> {
               const at::Tensor x = augmentation(batch.x, run.generator());
               const at::Tensor target = augmentation.target(batch.x, x);
               if (!options.contrast) {
                 const at::Tensor loss = autoencoder.loss(
                     autoencoder.decoder().forward(autoencoder.encoder().forward(x, Pass::train()), Pass::train()), target);
                 optimizer.minimise(loss);
                 return {loss};
               }
               const auto codes =
                   autoencoder.encoder().forward(at::cat({x, augmentation(batch.x, run.generator())}), Pass::train()).chunk(2);
               const at::Tensor reconstruction = autoencoder.loss(autoencoder.decoder().forward(codes[0], Pass::train()), target);
               const at::Tensor contrast = loss::nt_xent(codes[0].to(at::kFloat), codes[1].to(at::kFloat), options.contrast->temperature);
               optimizer.minimise(reconstruction + contrast * options.contrast->weight);
               return {reconstruction.detach(), contrast.detach()};
             },
             .encode = [&](const at::Tensor& x) { return autoencoder.encode(x); }},
            data, scaling);
}

}  // namespace dc::phases
