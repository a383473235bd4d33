// test: links=tenon_cuda_on_host
// The networks of the examples on the device, as `--device cuda` runs them: the same answers as on the CPU, and as recorded.
#include "../../examples/fashion_mnist/network.hpp"
#include "../../examples/sentence_embedding/encoder.hpp"
#include "../../examples/support/device.hpp"

#include <tenon/io/npy.hpp>
#include <tenon/ops/arg_reduction.hpp>

#include "../support/cases.hpp"
#include "../support/paths.hpp"

#include <functional>

namespace tenon_test::examples_test {
using tn::device;

TEST_CASE("fashion_mnist: logits of the recorded images") {
  const std::string here = tenon_test::source_dir();
  const auto net = fashion_mnist::network::load(here + "/../examples/fashion_mnist/weights.safetensors", device::cuda);
  REQUIRE(net);
  const auto images = tn::as<std::uint8_t>(tn::unwrap(tn::io::load_npy(here + "/fixtures/fashion_mnist_images.npy")));
  const auto recorded = tn::as<float>(tn::unwrap(tn::io::load_npy(here + "/fixtures/fashion_mnist_logits.npy")));
  constexpr index_t count = 6;
  const auto there = tn::to(tn::unwrap(images->narrow(0, 0, count)), device::cuda);
  REQUIRE(there);
  const auto logits = tn::to((*net)(*there), device::cpu);
  REQUIRE(logits);
  const auto want = tn::unwrap(recorded->narrow(0, 0, count));
  expect_within(values(logits), values(want), {count, 10}, [](std::size_t) { return 1e-4; });      // what the example allows
  CHECK(values(tn::argmax(logits, 1)) == values(tn::argmax(want, 1)));
}

TEST_CASE("sentence_embedding: the encoder, with weights of no meaning") {
  using sentence_embedding::encoder;
  using tensor = tn::tensor<float>;
  // Weights of the order that a trained model has: rows of a product keep the length of what they multiply.
  const auto weights = [](tn::placement where) {
    return [where](const std::string& name, const auto&... given) -> tn::result<tensor> {
      const tn::shape s = [&]() -> tn::shape {
        if constexpr (sizeof...(given) == 0) return {20, sentence_embedding::width};
        else return {given...};
      }();
      const double reach = s.rank() == 2 ? std::sqrt(3.0 / static_cast<double>(s[1])) : 0.5;
      auto v = uniform(static_cast<std::size_t>(s.numel()), -reach, reach, std::hash<std::string>{}(name));
      if (name.ends_with("LayerNorm.weight"))
        for (auto& x : v) x += 1;
      TENON_TRY(auto x, tn::empty<float>(s));
      fill(x, v);
      return tn::to(x, where);
    };
  };
  const std::vector<std::int64_t> ids{1, 7, 0, 19, 7, 3, 12};
  const auto on_cpu = encoder::from(weights({}), {}), on_device = encoder::from(weights(device::cuda), device::cuda);
  REQUIRE((on_cpu && on_device));
  const auto want = values((*on_cpu)(ids)), got = values(tn::to((*on_device)(ids), device::cpu));
  expect_within(got, want, {sentence_embedding::width}, [](std::size_t) { return 1e-5; });         // what the example allows
}

TEST_CASE("--device names a device that is there") {
  CHECK(*examples::find_device("cpu") == tn::placement());
  CHECK(*examples::find_device("cuda") == tn::placement(device::cuda, 0));
  CHECK(*examples::find_device("cuda:1") == tn::placement(device::cuda, 1));
  CHECK(examples::find_device("cuda:7").error() == tn::error_code::device_unavailable);             // the host plays two
  for (const char* name : {"", "gpu", "cuda:", "cuda:x", "cuda:10", "cpu:0"}) CHECK(examples::find_device(name).error() == tn::error_code::invalid_argument);
}

}  // namespace tenon_test::examples_test
