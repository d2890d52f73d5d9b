#include "methods/infogan.h"

#include "cluster/mutual_information.h"
#include "data/order.h"
#include "loss/adversarial.h"
#include "phases/encoding.h"
#include "random.h"

namespace dc::methods {

using nn::Pass;

namespace {

constexpr int64_t kCriterionItems = 5000;

// H(p), nats, of probabilities [k].
double entropy(const at::Tensor& p) { return -(p * p.clamp_min(1e-12).log()).sum().item<double>(); }

}  // namespace

InfoGanOptions InfoGanOptions::read(const OptionValues& values) {
  return {.train_items = values.integer("trainItems"),
          .clusters = values.integer("clusters"),
          .schedules = AdversarialSchedules::read(values),
          .lambda = values.number("lambda"),
          .number_lambda = values.number("numberLambda"),
          .shared = values.text("informationTrains") == "features",
          .view_information = values.number("viewInformation"),
          .learned_variance = values.flag("learnedVariance"),
          .least_log_variance = values.number("leastLogVariance")};
}

InfoGan::InfoGan(const ModelSpec& spec) : InfoGan(spec, make_generator(spec.device, spec.seed)) {}

InfoGan::InfoGan(const ModelSpec& spec, at::Generator draw)
    : Adversarial(spec, LatentSpace::read(spec.options, spec.options.integer("clusters")), draw),
      options_(InfoGanOptions::read(spec.options)),
      augmentation_(data::AugmentationOptions::read_changes(spec.options), spec.item_shape),
      posterior_(space_, options_.learned_variance, options_.least_log_variance),
      auxiliary_(nn::AdversarialOptions::read(spec.options), discriminator_.features(), posterior_.outputs(), spec.precision, spec.device,
                 draw),
      assignments_(at::zeros({0}, at::TensorOptions().dtype(at::kLong).device(spec.device))),
      labels_(at::zeros({0}, assignments_.options())) {}

InfoGan::Bound InfoGan::bound(const at::Tensor& outputs, const at::Tensor& latents) const {
  // lambda L_I(G, Q) = lambda ( E[ log Q(c | x) ] + H(c) ), x = G(z, c), summed over the codes      (Chen et al. 2016, equation 5)
  Bound result{at::zeros({}, outputs.options().requires_grad(false)), {}};
  for (size_t code = 0; code < space_.codes().size(); ++code) {
    const CodePosterior::Information information = posterior_.information(outputs, latents, code);
    result.value = result.value + information.bound * (space_.codes()[code].categorical() ? options_.lambda : options_.number_lambda);
    result.terms.push_back(information.bound.detach());
    result.terms.push_back(information.share.detach());
  }
  return result;
}

std::vector<std::string> InfoGan::bound_names() const {
  std::vector<std::string> names;
  for (size_t code = 1; code <= space_.codes().size(); ++code) {
    const std::string name = "c" + std::to_string(code);
    names.push_back(name);
    names.push_back(name + "Share");
  }
  return names;
}

NamedTensors InfoGan::fit(const data::Dataset& data, run::Run& run) {
  begin(data, run);
  const std::optional<data::Part> part = run.part_of(data, options_.train_items);
  const data::Dataset& trained = part ? *part : data;
  if (assignments_.numel() == 0) assignments_ = at::zeros({trained.size()}, assignments_.options());
  need_items(assignments_, trained);
  train(trained, run);
  run.stage("read-out", [&] { return read_out(data, run); });
  // A finished model that was saved before it had labels of its own has them among its assignments.
  return {{"labels", (labels_.numel() > 0 ? labels_ : assignments_).to(at::kCPU, at::kInt)}};
}

void InfoGan::train(const data::Dataset& data, run::Run& run) {
  const AdversarialSchedules& schedules = options_.schedules;
  std::vector<Parameter*> seeing = discriminator_.parameters(), making = generator_.parameters();
  for (Parameter* parameter : auxiliary_.parameters()) (options_.shared ? seeing : making).push_back(parameter);
  optim::Optimizer of_discriminator("discriminator", seeing, schedules.discriminator, steps_per_epoch(data));
  optim::Optimizer of_generator("generator", making, schedules.generator, steps_per_epoch(data));
  AdversarialBalance balance;

  const auto step = [&](const run::Batch& batch) -> std::vector<at::Tensor> {
    const at::Tensor real = full_batch(batch, data, run), latents = space_.draw(batch_size_, run.generator());
    const at::Tensor generated = generator_.forward(latents, Pass::train()), seen = generated.detach();

    // max_D V(D, G), and with shared features the information too: min_{G, Q} max_D V(D, G) - lambda L_I(G, Q)   (equation 6)
    const at::Tensor real_features = discriminator_.features(real, Pass::train()),
                     seen_features = discriminator_.features(seen, Pass::train());
    const at::Tensor real_logits = discriminator_.logits(real_features, Pass::train()),
                     seen_logits = discriminator_.logits(seen_features, Pass::train());
    const at::Tensor discriminator = loss::discriminator_loss(real_logits, seen_logits);
    at::Tensor loss = discriminator;
    if (options_.shared) loss = loss - bound(auxiliary_.forward(seen_features, Pass::train()), latents).value;
    at::Tensor clusters, views;
    if (options_.view_information > 0) {
      const auto clusters_of = [&](const at::Tensor& features) { return posterior_.read(auxiliary_.forward(features, Pass::train()), 0); };
      clusters = clusters_of(real_features);
      const at::Tensor view = discriminator_.features(augmentation_(real, run.generator()), Pass::train());
      views = cluster::mutual_information(clusters, clusters_of(view));
      loss = loss - views * options_.view_information;
    } else {
      at::NoGradGuard no_grad;
      clusters = posterior_.read(auxiliary_.forward(real_features, Pass::train()), 0);
    }
    of_discriminator.minimise(loss);

    // The same items, as the discriminator sees them after its step. Only the gradients of what learns here are computed: those of the
    // discriminator's weights, half of its backward pass, are not.
    const at::Tensor features = discriminator_.features(generated, Pass::train());
    const at::Tensor generator = loss::generator_loss(discriminator_.logits(features, Pass::train()));
    const Bound information = bound(auxiliary_.forward(features, Pass::train()), latents);
    of_generator.minimise(generator - information.value);

    at::NoGradGuard no_grad;
    std::vector<at::Tensor> terms{discriminator.detach(), generator.detach()};
    for (const at::Tensor& term : AdversarialBalance::terms(real_logits, seen_logits, real, seen)) terms.push_back(term);
    terms.insert(terms.end(), information.terms.begin(), information.terms.end());
    if (views.defined()) terms.push_back(views.detach());
    const at::Tensor nearest = clusters.narrow(0, 0, batch.size()).argmax(1);
    terms.push_back(nearest.ne(assignments_.index_select(0, batch.index)).to(at::kFloat).mean());
    assignments_.index_copy_(0, batch.index, nearest);
    return terms;
  };

  std::vector<std::string> names{"discriminator", "generator"};
  for (const std::string& name : AdversarialBalance::names()) names.push_back(name);
  const size_t balance_at = 2, codes_at = names.size();
  for (const std::string& name : bound_names()) names.push_back(name);
  if (options_.view_information > 0) names.push_back("viewInformation");
  names.push_back("changed");

  const auto sees = [&](const at::Tensor& items, const Pass& pass) { auxiliary_.forward(discriminator_.features(items, pass), pass); };
  run.train({.name = "train",
             .epochs = schedules.generator.epochs,
             .batch_size = batch_size_,
             .optimizers = {&of_discriminator, &of_generator},
             .terms = names,
             .step = step,
             .epoch_end = [&](const run::Epoch& epoch, const std::vector<double>& means) -> run::Phase::EpochEnd {
               balance.judge(&means[balance_at], epoch.last, run);
               if (epoch.last) {
                 std::vector<double> shares;
                 for (size_t code = 0; code < space_.codes().size(); ++code) shares.push_back(means[codes_at + 2 * code + 1]);
                 warn_of_ignored_codes(shares, run);
               }
               gather_statistics(data, epoch.last ? kManyItems : kSomeItems, sees, run);
               const at::Tensor sizes = at::bincount(assignments_, {}, options_.clusters).to(at::kDouble);
               return {{{"evenness", entropy(sizes / static_cast<double>(data.size()))},
                        {"empty", static_cast<double>(sizes.eq(0).sum().item<int64_t>())}},
                       false,
                       assignments_};
             },
             // Not the probabilities: of items that are sure they lie in the corners of a simplex, all as far from each other.
             .encode = [&](const at::Tensor& x) { return outputs_of(x); }},
            data, scaling_);
}

run::Run::Values InfoGan::read_out(const data::Dataset& data, run::Run& run) {
  at::NoGradGuard no_grad;
  labels_ = phases::label_all(
      data::Rows::of(data, scaling_), [&](const at::Tensor& x) { return posterior_.read(outputs_of(x), 0).argmax(1); }, run);

  const int64_t count = std::min(kCriterionItems, data.size());
  const at::Tensor chosen = data::shuffled_order(data, count, run.generator()).to(data.device());
  std::vector<at::Tensor> first, second;
  at::Tensor bounds = at::zeros({}, at::TensorOptions().dtype(at::kFloat).device(data.device()));
  each_block(count, run.poller(), [&](int64_t begin, int64_t end) {
    const at::Tensor x = scaling_.gather(data, chosen.slice(0, begin, end));
    for (std::vector<at::Tensor>* views : {&first, &second}) {
      views->push_back(posterior_.read(outputs_of(augmentation_(x, run.generator())), 0));
    }
    const at::Tensor latents = space_.draw(end - begin, run.generator());
    const at::Tensor outputs = outputs_of(nn::infer([&](const Pass& pass) { return generator_.forward(latents, pass); }));
    bounds += posterior_.information(outputs, latents, 0).bound * (static_cast<double>(end - begin) / static_cast<double>(count));
  });
  const at::Tensor a = at::cat(first), b = at::cat(second);
  return {{"mutualInformation", cluster::mutual_information(a, b).item<double>()},
          {"evenness", entropy(((a + b) / 2).mean(0))},
          {"bound", bounds.item<double>()}};
}

at::Tensor InfoGan::outputs_of(const at::Tensor& items) const {
  return nn::infer([&](const Pass& pass) { return auxiliary_.forward(discriminator_.features(items, pass), pass); });
}

NamedTensors InfoGan::infer(const std::string& operation, const data::Dataset& block) const {
  if (operation == "decode") return Adversarial::infer(operation, block);
  const at::Tensor outputs = outputs_of(scaling_.all(block));
  if (operation == "transform") return {{"embedding", posterior_.read(outputs)}};
  const at::Tensor probabilities = posterior_.read(outputs, 0);
  if (operation == "predict") return {{"labels", probabilities.argmax(1).to(at::kInt)}};
  if (operation == "predictProba") return {{"probabilities", probabilities}};
  unknown_operation("infogan", operation);
}

std::vector<Slot> InfoGan::slots() {
  std::vector<Slot> slots = Adversarial::slots();
  for (Slot& slot : learned_slots(auxiliary_.parameters(), auxiliary_.buffers())) slots.push_back(std::move(slot));
  slots.push_back(Slot::assignments("assignments", assignments_, options_.clusters, Slot::kTrained));
  slots.push_back(Slot::assignments("labels", labels_, options_.clusters).never_written());
  return slots;
}

void InfoGan::restored() {
  Adversarial::restored();
  for (Parameter* parameter : auxiliary_.parameters()) parameter->refresh();
}

static const Registration registration("infogan",
                                       [](const ModelSpec& spec) -> std::unique_ptr<Method> { return std::make_unique<InfoGan>(spec); });

}  // namespace dc::methods
