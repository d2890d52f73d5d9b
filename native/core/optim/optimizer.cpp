#include "optim/optimizer.h"

#include <ATen/ops/_foreach_copy.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_sgd.h>

#include "error.h"
#include "optim/adam_bfloat16.h"

namespace dc::optim {

namespace {
// Kingma & Ba 2015, the constants of algorithm 1.
constexpr double kBeta2 = 0.999, kEpsilon = 1e-8;
}  // namespace

Optimizer::Optimizer(std::string name, std::vector<Parameter*> parameters, const ScheduleOptions& schedule, int64_t steps_per_epoch)
    : name_(std::move(name)),
      parameters_(std::move(parameters)),
      schedule_(schedule),
      steps_per_epoch_(std::max<int64_t>(1, steps_per_epoch)) {
  at::NoGradGuard no_grad;
  const bool adam = schedule_.optimizer == ScheduleOptions::Optimizer::adam;
  for (Parameter* parameter : parameters_) {
    leaves_.push_back(parameter->leaf);
    values_.push_back(parameter->value);
    if (adam || schedule_.momentum > 0) moment1_.push_back(at::zeros_like(parameter->value));
    if (adam) moment2_.push_back(at::zeros_like(parameter->value));
  }
  if (adam && !values_.empty()) adam_step_ = at::zeros({}, values_.front().options());
  if (schedule_.decay == ScheduleOptions::Decay::constant || values_.empty() || values_.front().is_cpu()) return;
  std::vector<float> rates;
  for (int64_t step = 0; step < std::max<int64_t>(1, schedule_.steps(steps_per_epoch_)); ++step)
    rates.push_back(static_cast<float>(rate_of(step)));
  rates_ = at::tensor(rates).to(values_.front().device());
  next_ = at::zeros({1}, rates_.options().dtype(at::kLong));
}

double Optimizer::rate_of(int64_t step) const {
  const double rate = schedule_.learning_rate;
  switch (schedule_.decay) {
    case ScheduleOptions::Decay::constant: return rate;
    case ScheduleOptions::Decay::cosine: {
      // Loshchilov & Hutter 2017, equation 5, without restarts: from `rate` to `rate * final_rate` over the phase.
      const double total = static_cast<double>(std::max<int64_t>(1, schedule_.steps(steps_per_epoch_)));
      const double progress = std::min(1.0, static_cast<double>(step) / total);
      return rate * (schedule_.final_rate + (1 - schedule_.final_rate) * 0.5 * (1 + std::cos(M_PI * progress)));
    }
    case ScheduleOptions::Decay::step:
      return rate * std::pow(schedule_.decay_factor, step / steps_per_epoch_ / std::max<int64_t>(1, schedule_.decay_every));
    case ScheduleOptions::Decay::inverse:
      // Caffe's "inv" with the constants of JULE's code: over all steps of the run.
      return rate * std::pow(1 + 1e-4 * static_cast<double>(schedule_.first_step + step), -0.75);
  }
  return rate;
}

void Optimizer::minimise(const at::Tensor& loss) { minimise(loss, {this}); }

void Optimizer::minimise(const at::Tensor& loss, const std::vector<Optimizer*>& optimizers) {
  std::vector<at::Tensor> leaves;
  for (const Optimizer* optimizer : optimizers) leaves.insert(leaves.end(), optimizer->leaves_.begin(), optimizer->leaves_.end());
  // Gradients come back as fresh tensors: nothing is accumulated, nothing has to be zeroed.
  const std::vector<at::Tensor> gradients = torch::autograd::grad({loss}, leaves);
  auto next = gradients.begin();
  for (Optimizer* optimizer : optimizers) {
    const auto end = next + static_cast<std::ptrdiff_t>(optimizer->leaves_.size());
    optimizer->update({next, end});
    next = end;
  }
}

void Optimizer::update(std::vector<at::Tensor> gradients) {
  at::NoGradGuard no_grad;
  const double rate = learning_rate();
  const bool first = steps_ == 0;
  ++steps_;
  const bool copies = !parameters_.empty() && parameters_.front()->has_copy();
  const bool adam = schedule_.optimizer == ScheduleOptions::Optimizer::adam;
  // The fused kernels walk through memory: a gradient that came through a transpose would be taken in another order.
  for (at::Tensor& gradient : gradients) gradient = gradient.contiguous();

  if (adam && copies && values_.front().is_cpu()) {
    for (size_t i = 0; i < values_.size(); ++i) {
      adam_bfloat16_(values_[i], moment1_[i], moment2_[i], leaves_[i], gradients[i], rate, schedule_.beta1, kBeta2, kEpsilon, steps_);
    }
    return;
  }
  if (copies) {
    for (at::Tensor& gradient : gradients) gradient = gradient.to(at::kFloat);
  }
  // `given` is the rate as a number, or as a tensor of the device.
  const auto step = [&](const auto& given) {
    if (adam) {
      adam_step_.add_(1);
      at::_fused_adam_(values_, gradients, moment1_, moment2_, {}, std::vector<at::Tensor>(values_.size(), adam_step_), given,
                       schedule_.beta1, kBeta2, /*weight_decay=*/0, kEpsilon,
                       /*amsgrad=*/false, /*maximize=*/false);
    } else {
      at::_fused_sgd_(values_, gradients, moment1_, schedule_.weight_decay, schedule_.momentum, given, /*dampening=*/0,
                      schedule_.nesterov && schedule_.momentum > 0, /*maximize=*/false, /*is_first_step=*/first);
    }
  };
  if (rates_.defined()) {
    step(rates_.index_select(0, next_).squeeze(0));
    next_.add_(1);
  } else {
    step(rate);
  }
  if (copies) at::_foreach_copy_(leaves_, values_);
}

NamedTensors Optimizer::state() const {
  at::NoGradGuard no_grad;
  NamedTensors state;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (!moment1_.empty()) state[saved_name(i, "moment1")] = moment1_[i].clone();
    if (!moment2_.empty()) state[saved_name(i, "moment2")] = moment2_[i].clone();
  }
  state[saved_name("steps")] = at::scalar_tensor(steps_, at::kLong);
  return state;
}

void Optimizer::restore(const NamedTensors& state) {
  at::NoGradGuard no_grad;
  const std::string steps = saved_name("steps");
  saved_tensor(state, steps, {});
  steps_ = saved_number(state, steps);
  if (steps_ > schedule_.steps(steps_per_epoch_)) bad_state("`" + steps + "` is beyond the end of its phase");
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (!moment1_.empty()) moment1_[i].copy_(saved_tensor(state, saved_name(i, "moment1"), moment1_[i].sizes()));
    if (!moment2_.empty()) moment2_[i].copy_(saved_tensor(state, saved_name(i, "moment2"), moment2_[i].sizes()));
  }
  if (adam_step_.defined()) adam_step_.fill_(static_cast<double>(steps_));
  if (next_.defined()) next_.fill_(steps_);
}

}  // namespace dc::optim
