// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// A fixture: a regtest engine that is given what a chain builder makes.
#pragma once

#include "support/chain_builder.h"
#include "support/engine_node.h"

namespace kepeng::validation {

class EngineOnChain : public testing::Test {
 protected:
  // As of -testactivationheight.
  explicit EngineOnChain(std::vector<std::string> heights = {})
      : node_{{.network = params::Network::Regtest, .activation_heights = std::move(heights)}}, chain_{node_.network} {}

  void start() {
    engine_ = node_.open();
    ASSERT_NE(engine_, nullptr);
  }
  SubmitOutcome submit_for_outcome(const BlockPtr& block) {
    const auto outcome = engine_->submit(block);
    EXPECT_TRUE(outcome.ok()) << (outcome ? "" : outcome.error().message);
    return outcome ? *outcome : SubmitOutcome{};
  }
  // The reject reason; empty if there is none.
  std::string submit(const BlockPtr& block) {
    const SubmitOutcome outcome = submit_for_outcome(block);
    return outcome.rejection ? outcome.rejection->reason() : "";
  }
  void submit_from(Height first) {
    for (Height at = first; at <= chain_.height(); ++at) {
      ASSERT_EQ(submit(chain_.blocks()[static_cast<std::size_t>(at)]), "") << at;
    }
  }

  Node node_;
  test::ChainBuilder chain_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace kepeng::validation
