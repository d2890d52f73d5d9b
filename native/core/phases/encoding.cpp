#include "phases/encoding.h"

#include "data/rows.h"
#include "device/host_memory.h"

namespace dc::phases {

at::Tensor encode_all(const std::function<at::Tensor(const at::Tensor&)>& encode, int64_t dimensions, const data::Dataset& data,
                      const data::Scaling& scaling, const run::Run& run) {
  at::NoGradGuard no_grad;
  at::Tensor z = at::empty({data.size(), dimensions}, at::TensorOptions().dtype(at::kFloat).device(data.device()));
  each_block(data::Rows::of(data, scaling), run.poller(),
             [&](int64_t begin, int64_t end, const at::Tensor& x) { z.slice(0, begin, end).copy_(encode(x)); });
  device::release_host_memory();  // what comes next works with other sizes
  return z;
}

at::Tensor encode_all(const nn::Autoencoder& autoencoder, const data::Dataset& data, const data::Scaling& scaling, const run::Run& run) {
  return encode_all([&](const at::Tensor& x) { return autoencoder.encode(x); }, autoencoder.options().latent, data, scaling, run);
}

at::Tensor encode_views(const nn::Autoencoder& autoencoder, const data::Dataset& data, const data::Scaling& scaling,
                        const data::Augmentation& augmentation, const at::Tensor& index, int64_t count, run::Run& run) {
  at::Tensor z =
      at::empty({count, index.size(0), autoencoder.options().latent}, at::TensorOptions().dtype(at::kFloat).device(data.device()));
  each_block(index.size(0), run.poller(), [&](int64_t begin, int64_t end) {
    const at::Tensor x = scaling.gather(data, index.slice(0, begin, end));
    for (int64_t view = 0; view < count; ++view) {
      run.poll();
      z[view].slice(0, begin, end).copy_(autoencoder.encode(augmentation(x, run.generator())));
    }
  });
  return z;
}

}  // namespace dc::phases
