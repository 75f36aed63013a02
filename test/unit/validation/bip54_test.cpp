// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// BIP54 in a whole engine: the same blocks with the deployment off, later and on.

#include "support/chain_builder.h"
#include "support/engine_node.h"

namespace kepeng::validation {
namespace {

using test::BlockDraft;
using test::ChainBuilder;

// Submits what the draft becomes; the reject reason, empty if the block is the new tip.
class Bip54Engine {
 public:
  explicit Bip54Engine(std::vector<std::string> heights)
      : node_{{.network = params::Network::Regtest, .activation_heights = std::move(heights)}},
        engine_{node_.open()},
        chain_{node_.network} {}

  std::string submit(BlockDraft draft) {
    const BlockPtr block = draft.finish();
    const auto outcome = engine_->submit(block);
    EXPECT_TRUE(outcome.ok());
    if (outcome->rejection) return outcome->rejection->reason();
    chain_.accept(block);
    return "";
  }
  BlockDraft draft(std::vector<MutableTransaction> transactions = {}) const {
    BlockDraft draft = chain_.draft(std::move(transactions));
    draft.coinbase().lock_time = static_cast<std::uint32_t>(chain_.height());
    draft.coinbase().inputs[0].sequence = 0xfffffffe;
    return draft;
  }
  ChainBuilder& chain() { return chain_; }

 private:
  Node node_;
  std::unique_ptr<Engine> engine_;
  ChainBuilder chain_;
};

// The reasons for: a coinbase as they used to be, a transaction of 64 bytes, one of 2,520 signature operations.
std::vector<std::string> reasons(std::vector<std::string> heights) {
  Bip54Engine engine{std::move(heights)};
  ChainBuilder& chain = engine.chain();
  BlockDraft funding = engine.draft();
  const Amount value = funding.coinbase().outputs[0].value;
  funding.coinbase().outputs = {{Amount{1'000}, Bytes{0x51}}, {Amount{value.sats - 1'000}, Bytes{0x51}}};
  EXPECT_EQ(engine.submit(std::move(funding)), "");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(engine.submit(engine.draft()), "");
  const Transaction& coins = chain.blocks()[1]->transactions()[0];

  std::vector<std::string> answers;
  MutableTransaction inner_node;
  inner_node.inputs.push_back({{coins.txid, 0}, {}, 0xffffffff, {}});
  inner_node.outputs.push_back({Amount{500}, Bytes(4, 0x51)});
  answers.push_back(engine.submit(engine.draft({inner_node})));

  // Its scriptSig has an unexecuted branch of 126 CHECKMULTISIG, which count 20 each.
  MutableTransaction many_checks;
  Bytes script_sig{0x51, 0x00, 0x63};
  script_sig.insert(script_sig.end(), 126, 0xae);
  script_sig.push_back(0x68);
  many_checks.inputs.push_back({{coins.txid, 1}, script_sig, 0xffffffff, {}});
  many_checks.outputs.push_back({Amount{500}, {0x51}});
  answers.push_back(engine.submit(engine.draft({many_checks})));

  BlockDraft old_coinbase = engine.draft();
  old_coinbase.coinbase().lock_time = 0;
  answers.push_back(engine.submit(std::move(old_coinbase)));
  return answers;
}

TEST(Bip54Engine, C150_NothingChangesWhileItIsOff) {
  const std::vector<std::string> accepted(3);
  EXPECT_EQ(reasons({}), accepted);
  EXPECT_EQ(reasons({"bip54@1000"}), accepted);
}

TEST(Bip54Engine, C150_ItsRulesHoldOnceItIsOn) {
  const std::vector<std::string> refused{"bad-txns-size-64", "bad-txns-legacy-sigops", "bad-cb-locktime"};
  EXPECT_EQ(reasons({"bip54@1"}), refused);
  EXPECT_EQ(reasons({"bip54@102"}), refused);
}

}  // namespace
}  // namespace kepeng::validation
