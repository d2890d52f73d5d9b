// What methods share that stand on an autoencoder: items are encoded, and decoded from codes.
#pragma once

#include "methods/method.h"
#include "nn/autoencoder.h"

namespace dc::methods {

class Coder : public Method {
 public:
  // transform -> embedding [b, latent]; reconstruct -> reconstruction [b, …], decode (of codes [b, latent]) -> items [b, …], both in the
  // units of the data. Others are the method's own.
  NamedTensors infer(const std::string& operation, const data::Dataset& block) const final;
  std::optional<std::vector<int64_t>> input_shape(const std::string& operation) const override;
  const data::Scaling& scaling() const override { return scaling_; }
  std::vector<Slot> slots() override;
  void restored() override;

 protected:
  explicit Coder(const ModelSpec& spec);

  virtual const nn::Autoencoder& autoencoder() const = 0;
  virtual std::vector<Parameter*> parameters() = 0;
  // An operation on scaled items x [b, d]. Throws RangeError for one that the method does not have.
  virtual NamedTensors answer(const std::string& operation, const at::Tensor& x) const;

  // Learns the scaling, and checks that the loss can be taken of what it makes.
  void begin(const data::Dataset& data, const run::Run& run);
  // Items [b, …] of the shape and units of the data, from codes [b, latent].
  at::Tensor decoded(const at::Tensor& codes) const;

  data::Scaling scaling_;

 private:
  std::string method_;
  std::vector<int64_t> item_shape_;
};

nn::Autoencoder make_autoencoder(const ModelSpec& spec);

}  // namespace dc::methods
