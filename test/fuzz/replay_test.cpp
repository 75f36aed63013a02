// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Every fuzz target on its seeds, on damaged copies of them and on noise, the same ones each time, so that the targets
// never rot.

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "fuzz.h"

namespace kepeng::fuzz {
namespace {

constexpr int kDamagedInputs = 2000;
constexpr int kNoiseInputs = 200;

class Damage {
 public:
  explicit Damage(std::uint32_t seed) : random_{seed} {}

  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  std::uint8_t byte() { return static_cast<std::uint8_t>(random_()); }

  Bytes noise(std::size_t size) {
    Bytes bytes(size);
    std::generate(bytes.begin(), bytes.end(), [this] { return byte(); });
    return bytes;
  }
  void once(Bytes& bytes) {
    const std::size_t at = below(bytes.size());
    const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t length = below(std::min<std::size_t>(bytes.size() - at, 40) + 1);
    switch (below(7)) {
      case 0:
        if (!bytes.empty()) *place = byte();
        break;
      case 1:
        if (!bytes.empty()) *place = static_cast<std::uint8_t>(*place ^ (1u << below(8)));
        break;
      case 2:
        bytes.resize(at);
        break;
      case 3:
        bytes.insert(place, byte());
        break;
      case 4:
        bytes.erase(place, place + static_cast<std::ptrdiff_t>(length));
        break;
      case 5: {
        const Bytes piece(place, place + static_cast<std::ptrdiff_t>(length));
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size() + 1)), piece.begin(), piece.end());
        break;
      }
      default:  // a number at its edge
        for (std::size_t i = at; i < std::min(bytes.size(), at + (std::size_t{1} << below(4))); ++i) bytes[i] = 0xff;
    }
  }

 private:
  std::mt19937 random_;
};

class Replay : public ::testing::TestWithParam<Target> {};

TEST_P(Replay, HoldsItsProperties) {
  const Target& target = GetParam();
  const Seeds seeds = target.seeds();
  ASSERT_FALSE(seeds.empty());
  target.run({});
  for (const Bytes& seed : seeds) target.run(seed);
  Damage damage{static_cast<std::uint32_t>(std::hash<std::string_view>{}(target.name))};
  for (int i = 0; i < kDamagedInputs; ++i) {
    Bytes input = seeds[damage.below(seeds.size())];
    for (std::size_t times = 1 + damage.below(3); times > 0; --times) damage.once(input);
    target.run(input);
  }
  for (int i = 0; i < kNoiseInputs; ++i) target.run(damage.noise(damage.below(300)));
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Replay, ::testing::ValuesIn(targets()),
                         [](const auto& row) { return std::string{row.param.name}; });

TEST(PeakMeter, SeesWhatIsHeldAtOnce) {
  const PeakMeter meter;
  Bytes{}.reserve(10'000);
  Bytes{}.reserve(20'000);
  EXPECT_GE(meter.peak_bytes(), 20'000u);
  EXPECT_LT(meter.peak_bytes(), 25'000u);
}

}  // namespace
}  // namespace kepeng::fuzz
