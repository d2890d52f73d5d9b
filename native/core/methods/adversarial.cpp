#include "methods/adversarial.h"

#include "data/order.h"
#include "random.h"

namespace dc::methods {

namespace {

constexpr int64_t kBlock = 512;  // items whose statistics are gathered at a time

}  // namespace

AdversarialSchedules AdversarialSchedules::read(const OptionValues& values) {
  optim::ScheduleOptions generator = optim::ScheduleOptions::read(values);
  generator.beta1 = values.number("beta1");
  optim::ScheduleOptions discriminator = generator;
  discriminator.learning_rate = values.number("discriminatorLearningRate");
  return {generator, discriminator};
}

Adversarial::Adversarial(const ModelSpec& spec, LatentSpace space, at::Generator& draw)
    : item_shape_(spec.item_shape),
      batch_size_(spec.options.integer("batchSize")),
      space_(std::move(space)),
      unit_interval_(nn::AdversarialOptions::read(spec.options).sigmoid),
      scaling_(spec.options.text("scaling"), spec.features()),
      generator_(nn::AdversarialOptions::read(spec.options), space_.width(), spec.item_shape, spec.precision, spec.device, draw),
      discriminator_(nn::AdversarialOptions::read(spec.options), spec.item_shape, spec.precision, spec.device, draw) {}

void Adversarial::begin(const data::Dataset& data, const run::Run& run) {
  if (!scaling_.fitted()) scaling_.fit(data, run.poller());
  if (unit_interval_) scaling_.check_unit_interval(data, "output", "sigmoid", run.poller());
}

at::Tensor Adversarial::full_batch(const run::Batch& batch, const data::Dataset& data, run::Run& run) const {
  const int64_t missing = batch_size_ - batch.size();
  if (missing == 0) return batch.x;
  const at::Tensor more = at::randint(data.size(), {missing}, run.generator(), batch.index.options());
  return at::cat({batch.x, scaling_.gather(data, more)});
}

void Adversarial::gather_statistics(const data::Dataset& data, int64_t count,
                                    const std::function<void(const at::Tensor& items, const nn::Pass&)>& sees, run::Run& run) {
  at::NoGradGuard no_grad;
  count = std::min(count, data.size());
  at::Tensor order = data::shuffled_order(data, count, run.generator()).to(data.device());
  if (count == 1) {  // the variance over one value is not defined
    order = order.repeat(2);
    count = 2;
  }
  // Blocks of one size, each with the same weight: 1, 1/2, 1/3, … is the mean over blocks.
  const int64_t blocks = std::max<int64_t>(1, count / kBlock), rows = count / blocks;
  for (int64_t block = 0; block < blocks; ++block) {
    run.poll();
    nn::gather(1.0 / static_cast<double>(block + 1), [&](const nn::Pass& pass) {
      sees(scaling_.gather(data, order.narrow(0, block * rows, rows)), pass);
      generator_.forward(space_.draw(rows, run.generator()), pass);
    });
  }
}

at::Tensor Adversarial::items_of(const at::Tensor& latents) const {
  std::vector<int64_t> shape{latents.size(0)};
  shape.insert(shape.end(), item_shape_.begin(), item_shape_.end());
  at::Tensor items = at::empty(shape, latents.options());
  nn::infer([&](const nn::Pass& pass) {
    const std::vector<at::Tensor> from = latents.split(kRowsAtATime), to = items.split(kRowsAtATime);
    for (size_t block = 0; block < from.size(); ++block) {
      to[block].copy_(unscaled_items(scaling_, generator_.forward(from[block], pass), item_shape_));
    }
  });
  return items;
}

NamedTensors Adversarial::infer(const std::string& operation, const data::Dataset& block) const {
  if (operation != "decode") unknown_operation("the method", operation);
  return {{"items", items_of(block.read(0, block.size()))}};
}

std::optional<std::vector<int64_t>> Adversarial::input_shape(const std::string& operation) const {
  if (operation == "decode") return std::vector<int64_t>{space_.width()};
  return std::nullopt;
}

NamedTensors Adversarial::generate(const std::string& operation, const OptionValues& values) const {
  if (operation != "sample" && operation != "traverse") unknown_operation("the method", operation);
  at::Generator draw = make_generator(scaling_.device(), static_cast<uint64_t>(values.number("seed")));
  const std::vector<double> fixed = values.numbers("codes");
  if (operation == "sample") {
    const at::Tensor latents = space_.draw(values.integer("count"), fixed, draw);
    return {{"samples", items_of(latents)}, {"latents", latents}};
  }

  const int64_t rows = values.integer("rows"), steps = values.integer("steps");
  const auto code = static_cast<size_t>(values.integer("code"));
  const double from = values.number("from"), to = values.number("to");
  at::Tensor latents = space_.draw(rows, fixed, draw);
  if (!space_.codes().at(code).categorical()) {
    for (size_t other = 0; other < space_.codes().size(); ++other) {
      if (!space_.codes()[other].categorical()) continue;
      if (std::isnan(fixed[other])) {
        for (int64_t row = 0; row < rows; ++row) {
          at::Tensor one = latents.narrow(0, row, 1);
          space_.set_(one, other, static_cast<double>(row % space_.codes()[other].size));
        }
      }
      break;
    }
  }
  latents = latents.repeat_interleave(steps, 0).view({rows, steps, space_.width()});
  for (int64_t step = 0; step < steps; ++step) {
    at::Tensor column = latents.select(1, step);
    space_.set_(column, code, steps == 1 ? from : from + (to - from) * static_cast<double>(step) / static_cast<double>(steps - 1));
  }
  return {{"samples", items_of(latents.view({rows * steps, space_.width()}))}};
}

std::vector<Parameter*> Adversarial::parameters() {
  std::vector<Parameter*> all = generator_.parameters();
  for (Parameter* parameter : discriminator_.parameters()) all.push_back(parameter);
  return all;
}

std::vector<Slot> Adversarial::slots() {
  std::vector<Buffer> buffers = generator_.buffers();
  for (const Buffer& buffer : discriminator_.buffers()) buffers.push_back(buffer);
  return network_slots(parameters(), scaling_, buffers);
}

void Adversarial::restored() {
  for (Parameter* parameter : parameters()) parameter->refresh();
}

}  // namespace dc::methods
