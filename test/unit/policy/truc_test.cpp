// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/policy/truc.h>

#include <gtest/gtest.h>

namespace kepeng::policy {
namespace {

std::string verdict(const TrucQuestion& question) {
  const auto judged = check_truc(question);
  if (judged) return "";
  EXPECT_EQ(judged.error().rejection.reason, "TRUC-violation");
  const std::string& detail = judged.error().rejection.detail;
  return detail.substr(detail.find(") ") + 2);
}

TEST(Truc, B102_OneParentOneChild) {
  std::vector<TrucParent> parents;
  const auto ask = [&](std::uint32_t version, std::int64_t size) { return verdict({{}, version, size, parents}); };
  EXPECT_EQ(ask(3, 10'000), "");
  EXPECT_EQ(ask(3, 10'001), "is too big: 10001 > 10000 virtual bytes");
  EXPECT_EQ(ask(2, 10'001), "");
  parents.push_back({.name = {}, .is_truc = true});
  EXPECT_EQ(ask(3, 1'000), "");
  EXPECT_EQ(ask(3, 1'001), "is too big: 1001 > 1000 virtual bytes");
  EXPECT_TRUE(ask(2, 100).starts_with("cannot spend from version=3 tx "));
  parents[0].is_truc = false;
  EXPECT_TRUE(ask(3, 100).starts_with("cannot spend from non-version=3 tx "));
  EXPECT_EQ(ask(1, 100), "");
  parents[0] = {.name = {}, .is_truc = true, .ancestors = 2};
  EXPECT_EQ(ask(3, 100), "would have too many ancestors");
  parents[0] = {.name = {}, .is_truc = true, .ancestors = 1, .descendants = 2};
  EXPECT_EQ(ask(3, 100), "would exceed descendant count limit");
  EXPECT_TRUE(check_truc({{}, 3, 100, parents}).error().is_full_parent);
  parents = {{.name = {}, .is_truc = true}, {.name = {}, .is_truc = true}};
  EXPECT_EQ(ask(3, 100), "would have too many ancestors");
}

}  // namespace
}  // namespace kepeng::policy
