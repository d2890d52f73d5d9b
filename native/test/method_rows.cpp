#include "method_rows.h"

namespace dc::test {

namespace {

OptionValues with(OptionValues options, const std::map<std::string, OptionValues::Value>& changes) {
  for (const auto& [name, value] : changes) options.set(name, value);
  return options;
}

const std::map<std::string, OptionValues::Value> kAugmented{{"shift", 0.1}, {"rotation", 10.0}, {"zoom", 0.1}, {"shear", 0.1}};

}  // namespace

methods::ModelSpec MethodRow::spec(at::Device device, bool capture) const {
  methods::ModelSpec spec = spec_of(method, options, data.items.sizes().slice(1).vec(), /*seed=*/1);
  spec.device = device;
  spec.capture = capture;
  spec.precision = precision;
  return spec;
}

// 150 items in batches of 32: four whole ones and a rest.
std::vector<MethodRow> method_rows() {
  const Blobs vectors = blobs(150, 4, 10), images = bars(150), corners = pictures(150, 1);
  const std::vector<std::string> clusters{"predict", "predictProba", "transform"};
  return {
      {"autoencoder", "autoencoder", options_for("autoencoder"), vectors, {"transform", "reconstruct"}, {{"train", 45}}},
      {"autoencoder, bfloat16",
       "autoencoder",
       options_for("autoencoder"),
       vectors,
       {"transform", "reconstruct"},
       {{"train", 65}},
       false,
       Precision::bfloat16},
      {"autoencoder, augmented, layer by layer",
       "autoencoder",
       with(with(options_for("autoencoder"), kAugmented),
            {{"layerwiseEpochs", 2.0}, {"corruption", 0.2}, {"schedule", std::string("cosine")}}),
       images,
       {"transform", "reconstruct"},
       {{"layer", 35}, {"train", 85}}},
      {"dcn, k-means",
       "dcn",
       with(options_for("dcn"), {{"refreshEvery", 1.0}, {"reencode", true}}),
       vectors,
       clusters,
       {{"pretrain", 45}, {"joint", 85}}},
      {"dcn, graph",
       "dcn",
       with(options_for("dcn"), {{"start", std::string("graph")}, {"rounds", 1.0}}),
       vectors,
       clusters,
       {{"pretrain", 45}, {"refine", 55}, {"joint", 80}}},
      {"dcn, linkage",
       "dcn",
       with(options_for("dcn"), {{"start", std::string("linkage")}, {"rounds", 1.0}}),
       vectors,
       clusters,
       {{"pretrain", 45}, {"refine", 55}, {"joint", 80}}},
      {"dcn, self-trained",
       "dcn",
       self_trained(options_for("dcn")),
       images,
       clusters,
       {{"pretrain", 45}, {"joint", 85}, {"self-training", 210}}},
      {"vae", "vae", options_for("vae"), vectors, {"transform", "reconstruct", "elbo"}, {{"train", 90}}, true},
      {"vade, likelihood", "vade", options_for("vade"), vectors, clusters, {{"pretrain", 50}, {"joint", 150}}, true},
      {"vade, graph",
       "vade",
       with(options_for("vade"), {{"start", std::string("graph")}, {"rounds", 1.0}}),
       vectors,
       clusters,
       {{"pretrain", 50}, {"refine", 60}, {"joint", 150}},
       true},
      {"vade, mutual information", "vade", invariant_options(), images, clusters, {{"pretrain", 165}, {"joint", 320}}, true},
      {"gan", "gan", options_for("gan"), images, {"transform"}, {{"train", 155}}, true},
      {"infogan, views",
       "infogan",
       with(options_for("infogan"), {{"shift", 0.1}, {"viewInformation", 2.0}}),
       images,
       clusters,
       {{"train", 460}},
       true},
      {"infogan, vectors", "infogan", options_for("infogan"), vectors, clusters, {{"train", 300}}, true},
      {"jule, convolutions", "jule", with(options_for("jule"), kAugmented), corners, clusters, {{"period", 130}}},
      {"jule, vectors", "jule", options_for("jule"), vectors, clusters, {{"period", 95}}},
      {"kmeans", "kmeans", options_for("kmeans"), vectors, clusters, {}},
      {"gaussian-mixture",
       "gaussian-mixture",
       options_for("gaussian-mixture"),
       vectors,
       {"predict", "predictProba", "logLikelihood"},
       {},
       true},
      {"knn-graph", "knn-graph", options_for("knn-graph"), vectors, {}, {}},
      {"spectral", "spectral", options_for("spectral"), vectors, {"predict", "predictProba"}, {}},
      {"linkage", "linkage", options_for("linkage"), vectors, {"predict", "predictProba"}, {}},
  };
}

OptionValues nine_samples() {
  OptionValues values = with({}, {{"cluster", -1.0}, {"count", 9.0}, {"minPosterior", 0.0}, {"seed", 5.0}});
  values.set("codes", std::vector<double>(3, std::numeric_limits<double>::quiet_NaN()));
  return values;
}

}  // namespace dc::test
