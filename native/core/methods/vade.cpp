#include "methods/vade.h"

#include "data/order.h"
#include "loss/elbo.h"
#include "phases/encoding.h"
#include "random.h"

namespace dc::methods {

namespace {

// Unit of each dimension of the codes; 1 for a dimension that does not vary beyond rounding.
at::Tensor deviations(const at::Tensor& codes, const at::Tensor& mean) {
  const at::Tensor deviation = (codes - mean).square().mean(0).sqrt();
  return at::where(deviation > 1e-5 * (deviation.max() + mean.abs()), deviation, at::ones_like(deviation));
}

}  // namespace

VadeOptions VadeOptions::read(const OptionValues& values) {
  const int64_t clusters = values.integer("clusters"), restarts = values.integer("mixtureRestarts");
  const double least = values.number("leastLogVariance");
  const std::string& start = values.text("start");
  VadeOptions options{
      .train_items = values.integer("trainItems"),
      .clusters = clusters,
      .pretraining = phases::PretrainingOptions::read(values, "pretrain"),
      .start = start == "graph" || start == "linkage" ? Start::graph
               : start == "mutual-information"        ? Start::mutual_information
                                                      : Start::likelihood,
      .likelihood = {.start = {.clusters = clusters, .restarts = 1, .iterations = 300, .tolerance = 1e-4, .plus_plus = true},
                     .restarts = restarts,
                     .iterations = values.integer("mixtureIterations"),
                     .tolerance = values.number("mixtureTolerance"),
                     .variance_floor = std::exp(least)},
      .information = {.clusters = clusters,
                      .restarts = restarts,
                      .steps = values.integer("startSteps"),
                      .batch_size = values.integer("startBatch"),
                      .start_items = values.integer("startKmeansItems"),
                      .learning_rate = values.number("startLearningRate"),
                      .least_log_variance = least},
      .items = values.integer("startItems"),
      .views = values.integer("startViews"),
      .refinement = phases::RefinementOptions::read(values),
      .log_variance = values.number("initialLogVariance"),
      .joint = optim::ScheduleOptions::read(values),
      .mixture_learning_rate = values.number("mixtureLearningRate"),
      .least_log_variance = least,
      .alpha = values.number("alpha"),
      .information_weight = values.number("mutualInformation"),
      .contrast = loss::ContrastOptions::read(values),
      .tolerance = values.number("tolerance"),
  };
  if (const auto contrast = loss::ContrastOptions::read(values, "pretrain"); contrast.weight > 0) options.pretraining.contrast = contrast;
  return options;
}

Vade::Vade(const ModelSpec& spec)
    : Variational(spec),
      options_(VadeOptions::read(spec.options)),
      augmentation_(data::AugmentationOptions::read(spec.options), spec.item_shape) {
  const auto floats = at::TensorOptions().dtype(at::kFloat).device(spec.device);
  const int64_t k = options_.clusters, latent = network_.autoencoder().options().latent;
  const auto parameter = [&](const char* name, at::IntArrayRef shape) {
    return Parameter::make(name, at::zeros(shape, floats), Precision::float32);
  };
  logits_ = parameter("mixture.logits", {k});
  means_ = parameter("mixture.means", {k, latent});
  log_variances_ = parameter("mixture.log_variances", {k, latent});
  assignments_ = at::zeros({0}, floats.dtype(at::kLong));
  labels_ = at::zeros({0}, floats.dtype(at::kLong));
}

void Vade::adopt(const cluster::GaussianMixture& mixture) {
  at::NoGradGuard no_grad;
  logits_.value.copy_(mixture.logits);
  means_.value.copy_(mixture.means);
  log_variances_.value.copy_(mixture.log_variances.clamp_min(options_.least_log_variance));
}

at::Tensor Vade::some_items(const data::Dataset& data, run::Run& run) const {
  return data::shuffled_order(data, std::min(options_.items, data.size()), run.generator()).to(data.device());
}

NamedTensors Vade::fit(const data::Dataset& data, run::Run& run) {
  begin(data, run);
  phases::pretrain("pretrain", network_.autoencoder(), options_.pretraining, augmentation_, data, scaling_, run);

  at::NoGradGuard no_grad;
  const std::optional<data::Part> part = run.part_of(data, options_.train_items);
  const data::Dataset& trained = part ? *part : data;
  start(trained, run);
  need_items(assignments_, trained);
  joint_phase(trained, run);
  run.stage("read-out", [&] { return read_out(data, run); });
  // A finished model that was saved before it had labels of its own has them among its assignments.
  return {{"labels", (labels_.numel() > 0 ? labels_ : assignments_).to(at::kCPU, at::kInt)}};
}

void Vade::start(const data::Dataset& data, run::Run& run) {
  if (options_.start == VadeOptions::Start::graph) {
    if (assignments_.numel() == 0) assignments_ = at::zeros({data.size()}, assignments_.options());
    const phases::Clusters clusters{assignments_, means_.value, at::ones({}, means_.value.options())};
    phases::refine_by_graph(
        network_.autoencoder(), clusters, options_.refinement, augmentation_, data, scaling_, [&] { return codes_of(data, run); }, run);
  }
  run.stage("mixture", [&] { return start_mixture(data, run); });
}

at::Tensor Vade::codes_of(const data::Dataset& data, const run::Run& run) const {
  return phases::all_of(phases::encoded(network_.autoencoder(), data, scaling_, run), run);
}

at::Tensor Vade::labels_of(const data::Rows& codes, const run::Run& run) const {
  return phases::label_all(
      codes, [density = cluster::MixtureDensity(mixture())](const at::Tensor& z) { return density.log_joint(z).argmax(1); }, run);
}

run::Run::Values Vade::start_mixture(const data::Dataset& data, run::Run& run) {
  nn::Autoencoder& autoencoder = network_.autoencoder();
  at::Tensor codes = codes_of(data, run);
  // A pre-trained code has any scale; the mixture's least variance and the deviation of q(z | x) mean something at scale 1.
  const at::Tensor mean = codes.mean(0), deviation = deviations(codes, mean);
  autoencoder.standardise_code(mean, deviation);
  codes = (codes - mean) / deviation;
  // Small and the same for every item, so that the first steps behave as the autoencoder does. The mean's head is not copied here:
  // a log variance as large as a code would explode.
  network_.start_log_variance(options_.log_variance);

  const Poll& poll = run.poller();
  const double least_variance = std::exp(options_.least_log_variance);
  run::Run::Values values;
  if (options_.start == VadeOptions::Start::likelihood) {
    const cluster::GaussianMixtureResult result =
        cluster::fit_gaussian_mixture(data::Rows::of(codes), options_.likelihood, run.generator(), poll);
    adopt(result.mixture);
    assignments_ = labels_of(data::Rows::of(codes), run);
    values = {{"logLikelihood", result.log_likelihood}, {"iterations", static_cast<double>(result.iterations)}};
  } else {
    if (options_.start == VadeOptions::Start::mutual_information) {
      const at::Tensor views = phases::encode_views(autoencoder, data, scaling_, augmentation_, some_items(data, run), options_.views, run);
      const cluster::MutualInformationResult result =
          cluster::mixture_by_mutual_information(views, options_.information, run.generator(), poll);
      assignments_ = phases::label_all(
          data::Rows::of(codes), [&](const at::Tensor& z) { return cluster::log_joint(z, result.mixture).argmax(1); }, run);
      values = {{"mutualInformation", result.mutual_information}};
    }
    adopt(cluster::mixture_of_labels(codes, assignments_, options_.clusters, least_variance));
  }
  return values;
}

void Vade::joint_phase(const data::Dataset& data, run::Run& run) {
  const int64_t batch_size = options_.pretraining.batch_size;
  const int64_t steps = optim::steps_per_epoch(data.size(), batch_size);
  optim::ScheduleOptions mixture_schedule = options_.joint;
  mixture_schedule.learning_rate = options_.mixture_learning_rate;
  optim::Optimizer optimizer("joint", network_.parameters(), options_.joint, steps);
  optim::Optimizer mixture_optimizer("mixture", {&logits_, &means_, &log_variances_}, mixture_schedule, steps);
  const nn::Autoencoder& autoencoder = network_.autoencoder();

  const auto step = [&](const run::Batch& batch) -> std::vector<at::Tensor> {
    const at::Tensor view = augmentation_(batch.x, run.generator());
    const at::Tensor views = options_.two_views() ? at::cat({view, augmentation_(batch.x, run.generator())}) : view;
    const int64_t b = batch.size();
    std::vector<at::Tensor> terms;
    at::Tensor nearest;
    {
      const at::AutoGradMode gradients(true);
      const nn::DiagonalGaussian all = network_.forward(views);
      const nn::DiagonalGaussian q =
          options_.two_views() ? nn::DiagonalGaussian{all.mean.narrow(0, 0, b), all.log_variance.narrow(0, 0, b)} : all;
      const at::Tensor z = nn::reparameterised(q, at::randn(q.mean.sizes(), run.generator(), batch.x.options()));
      // -ELBO = alpha (-log p(x | z)) + sum_c gamma_c KL( q(z | x) || N(mu_c, sigma_c^2) ) + KL( gamma || pi ), one sample of z
      // (Jiang et al. 2017, equation 12, with its terms gathered)
      const at::Tensor reconstruction =
          autoencoder.loss(autoencoder.decoder().forward(z, nn::Pass::train()), augmentation_.target(batch.x, view));
      const cluster::MixtureDensity prior = mixture();
      const std::vector<at::Tensor> joints =
          prior.log_joint(at::cat({z, all.mean})).split(b);  // of the sample, and of the mean of each view
      const loss::MixtureDivergence divergence = loss::mixture_divergence(q, joints[0], joints[1], prior);
      const at::Tensor latent = divergence.value.mean(), clusters = divergence.clusters.mean();
      at::Tensor loss = at::add(latent, reconstruction, options_.alpha);
      terms = {reconstruction, latent.detach() - clusters, clusters};

      if (!options_.two_views()) {
        nearest = joints[1].argmax(1);
      } else {
        const at::AutoGradMode trained(options_.information_weight > 0);
        const at::Tensor one = joints[1].softmax(1), other = joints[2].softmax(1);  // gamma at the means
        nearest = (one + other).argmax(1);
        if (options_.information_weight > 0) {
          const at::Tensor information = cluster::mutual_information(one, other);
          loss = loss - information * options_.information_weight;
          terms.push_back(information);
        }
      }
      if (options_.contrast.weight > 0) {
        const at::Tensor contrast = loss::nt_xent(q.mean, all.mean.narrow(0, b, b), options_.contrast.temperature);
        loss = loss + contrast * options_.contrast.weight;
        terms.push_back(contrast);
      }
      optim::Optimizer::minimise(loss, {&optimizer, &mixture_optimizer});
    }
    // Projected onto sigma_c^2 >= its least: a bound inside the loss would have no gradient to lead back.
    log_variances_.value.clamp_min_(options_.least_log_variance);

    terms.push_back(nearest.ne(assignments_.index_select(0, batch.index)).to(at::kFloat).mean());
    assignments_.index_copy_(0, batch.index, nearest);
    return terms;
  };

  std::vector<std::string> names{"reconstruction", "componentDivergence", "clusterDivergence"};
  if (options_.information_weight > 0) names.push_back("mutualInformation");
  if (options_.contrast.weight > 0) names.push_back("contrast");
  names.push_back("changed");
  run.train({.name = "joint",
             .epochs = options_.joint.epochs,
             .batch_size = batch_size,
             .optimizers = {&optimizer, &mixture_optimizer},
             .terms = names,
             .step = step,
             .epoch_end = [&](const run::Epoch&, const std::vector<double>& means) -> run::Phase::EpochEnd {
               const int64_t empty = at::bincount(assignments_, {}, options_.clusters).eq(0).sum().item<int64_t>();
               return {{{"elbo", -means[0] - means[1] - means[2]}, {"empty", static_cast<double>(empty)}},
                       means.back() < options_.tolerance,
                       assignments_};
             },
             .encode = [&](const at::Tensor& x) { return autoencoder.encode(x); }},
            data, scaling_);
}

run::Run::Values Vade::read_out(const data::Dataset& data, run::Run& run) {
  labels_ = labels_of(phases::encoded(network_.autoencoder(), data, scaling_, run), run);
  if (!augmentation_.any()) return {};
  const at::Tensor views = phases::encode_views(network_.autoencoder(), data, scaling_, augmentation_, some_items(data, run), 2, run);
  const auto posterior = [&](int64_t view) { return cluster::log_joint(views[view], mixture()).softmax(1); };
  return {{"mutualInformation", cluster::mutual_information(posterior(0), posterior(1)).item<double>()}};
}

at::Tensor Vade::divergence(const nn::DiagonalGaussian& q, const at::Tensor& z) const {
  const cluster::MixtureDensity prior = mixture();
  return loss::mixture_divergence(q, prior.log_joint(z), prior.log_joint(q.mean), prior).value;
}

NamedTensors Vade::answer(const std::string& operation, const at::Tensor& x) const {
  need_clusters(assignments_);
  if (operation == "elbo") return Variational::answer(operation, x);
  const at::Tensor joint = cluster::log_joint(autoencoder().encode(x), mixture());
  const at::Tensor labels = joint.argmax(1);
  if (operation == "predict") return {{"labels", labels.to(at::kInt)}};
  if (operation == "predictProba") return {{"probabilities", joint.softmax(1)}};
  if (operation == "typicality") {
    const at::Tensor log_density = joint - at::log_softmax(mixture().logits, 0);
    return {{"labels", labels.to(at::kInt)}, {"logDensity", log_density.gather(1, labels.unsqueeze(1)).squeeze(1)}};
  }
  return Coder::answer(operation, x);
}

NamedTensors Vade::generate(const std::string& operation, const OptionValues& values) const {
  need_clusters(assignments_);
  const cluster::GaussianMixture mixture{logits_.value, means_.value, log_variances_.value};
  if (operation == "mixture") return {{"weights", mixture.weights()}, {"means", mixture.means}, {"variances", mixture.log_variances.exp()}};
  if (operation == "prototypes") return {{"prototypes", decoded(mixture.means)}};
  if (operation != "sample") unknown_operation("vade", operation);
  at::Generator generator = make_generator(mixture.means.device(), static_cast<uint64_t>(values.number("seed")));
  const cluster::MixtureDraws draws =
      cluster::draw(mixture, values.integer("cluster"), values.integer("count"), values.number("minPosterior"), generator);
  return {{"samples", decoded(draws.points)}, {"latents", draws.points}, {"labels", draws.components.to(at::kInt)}};
}

std::vector<Slot> Vade::slots() {
  std::vector<Slot> slots = Coder::slots();
  for (Slot& slot : learned_slots({&logits_, &means_, &log_variances_})) slots.push_back(std::move(slot));
  slots.push_back(Slot::assignments("assignments", assignments_, options_.clusters, Slot::kTrained));
  slots.push_back(Slot::assignments("labels", labels_, options_.clusters).never_written());
  return slots;
}

static const Registration registration("vade",
                                       [](const ModelSpec& spec) -> std::unique_ptr<Method> { return std::make_unique<Vade>(spec); });

}  // namespace dc::methods
