// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>

#include <kepeng/base/time.h>
#include <kepeng/net/resolver.h>

namespace kepeng::net {
namespace {

using Addresses = std::vector<std::string>;
using namespace std::chrono_literals;

std::future<Addresses> ask(Resolver& resolver, const std::string& name) {
  auto promise = std::make_shared<std::promise<Addresses>>();
  EXPECT_TRUE(resolver.look_up(name, [promise](Addresses found) { promise->set_value(std::move(found)); }));
  return promise->get_future();
}

TEST(Resolver, NamesAndAddresses) {
  Resolver resolver;
  const auto local = ask(resolver, "localhost").get();
  EXPECT_TRUE(std::ranges::any_of(local, [](const auto& one) { return one == "127.0.0.1" || one == "::1"; }));
  EXPECT_EQ(ask(resolver, "127.0.0.1").get(), Addresses{"127.0.0.1"});
  EXPECT_TRUE(ask(resolver, "no-such-name.invalid").get().empty());
  EXPECT_TRUE(ask(resolver, "").get().empty());
  EXPECT_TRUE(ask(resolver, std::string("localhost\0x", 11)).get().empty());
  EXPECT_TRUE(ask(resolver, std::string(256, 'a')).get().empty());
}

TEST(Resolver, B044_TenThousandAnswersAreCut) {
  Resolver resolver{[](const std::string&) { return Addresses(10'000, "1.2.3.4"); }, {}};
  EXPECT_EQ(ask(resolver, "seed").get().size(), 256u);
}

// A look-up that hangs is given up on, others go on beside it, and the end does not wait for it.
TEST(Resolver, B044_AHangingLookUpHoldsNobodyUp) {
  auto release = std::make_shared<std::promise<void>>();
  auto left = std::make_shared<std::atomic<int>>(0);
  const auto hangs = [until = release->get_future().share(), left](const std::string& name) {
    if (name == "hangs") until.wait();
    ++*left;
    return Addresses{name};
  };
  const std::int64_t since = steady_ns();
  bool was_answered = false;
  const auto owned = std::make_shared<int>(0);
  {
    Resolver resolver{hangs, {.running_max = 2, .timeout_ms = 1'000}};
    auto late = ask(resolver, "hangs");
    EXPECT_EQ(ask(resolver, "a").get(), Addresses{"a"});
    EXPECT_TRUE(late.get().empty());
    resolver.look_up("hangs", [&, owned](const Addresses&) { was_answered = true; });
  }
  EXPECT_EQ(owned.use_count(), 1);  // nothing is left with the look-up that still hangs
  EXPECT_LT(steady_ns() - since, 20'000'000'000);
  EXPECT_FALSE(was_answered);
  release->set_value();
  while (*left < 2) std::this_thread::sleep_for(1ms);  // it ends on its own
}

TEST(Resolver, WhatWaitsIsBounded) {
  auto release = std::make_shared<std::promise<void>>();
  const auto hangs = [until = release->get_future().share()](const std::string& name) {
    until.wait();
    return Addresses{name};
  };
  std::vector<std::future<Addresses>> answers;
  Resolver resolver{hangs, {.running_max = 1, .waiting_max = 3}};
  for (const char* name : {"a", "b", "c"}) answers.push_back(ask(resolver, name));
  EXPECT_FALSE(resolver.look_up("d", [](const Addresses&) { FAIL(); }));
  release->set_value();
  EXPECT_EQ(answers[2].get(), Addresses{"c"});
  EXPECT_EQ(answers[0].get(), Addresses{"a"});
}

}  // namespace
}  // namespace kepeng::net
