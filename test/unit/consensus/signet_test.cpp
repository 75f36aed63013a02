// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/consensus/rules.h>

#include "support/chain_builder.h"
#include "support/vectors.h"

namespace kepeng::consensus {
namespace {

using params::Network;
using params::NetworkParams;
using test::BlockDraft;

// A block with a commitment output that carries these pushes behind the commitment.
BlockDraft signet_draft(const NetworkParams& network, const std::vector<Bytes>& pushes) {
  const test::ChainBuilder chain{network};
  BlockDraft draft = chain.draft();
  draft.commit_to_witness();
  draft.commits_witness = false;
  draft.is_mined = false;  // the signet limit takes too long; only the solution is judged here
  for (const Bytes& push : pushes) script::append_push(draft.coinbase().outputs.back().script_pubkey, push);
  draft.finish();
  return draft;
}

Bytes section(const Bytes& solution) {
  Bytes push{0xec, 0xc7, 0xda, 0xa2};
  append(push, solution);
  return push;
}

NetworkParams signet_with(const Bytes& challenge) {
  return params::make_network({.network = Network::Signet, .signet_challenge = challenge}).value();
}

bool solves(const Bytes& challenge, const std::vector<Bytes>& pushes) {
  return check_signet_solution(*signet_draft(signet_with(challenge), pushes).block(), challenge);
}

TEST(Signet, C121_NoSolutionMeansAnEmptyOne) {
  EXPECT_TRUE(solves({0x51}, {}));
  EXPECT_FALSE(solves({0x00}, {}));
  EXPECT_FALSE(solves({0x87}, {}));
  // No commitment output, no place for a solution.
  const NetworkParams network = signet_with({0x51});
  BlockDraft draft = signet_draft(network, {});
  draft.coinbase().outputs.pop_back();
  EXPECT_FALSE(check_signet_solution(*draft.block(), Bytes{0x51}));
}

TEST(Signet, C121_TheSolutionIsScriptSigAndWitnessAndNothingElse) {
  // Challenge: OP_EQUAL; scriptSig pushes two equal items; no witness.
  const Bytes solution{0x02, 0x53, 0x53, 0x00};
  EXPECT_TRUE(solves({0x87}, {section(solution)}));
  EXPECT_FALSE(solves({0x87}, {section({0x02, 0x53, 0x54, 0x00})}));
  Bytes longer = solution;
  longer.push_back(0);
  EXPECT_FALSE(solves({0x87}, {section(longer)}));
  EXPECT_FALSE(solves({0x87}, {section({0x02, 0x53, 0x53})}));
  EXPECT_FALSE(solves({0x87}, {section({0x02, 0x53})}));
  // The header alone holds nothing: as if it was not there.
  EXPECT_TRUE(solves({0x51}, {section({})}));
  EXPECT_FALSE(solves({0x87}, {section({})}));
  // The first push with the header counts, other data may come before it.
  EXPECT_TRUE(solves({0x87}, {Bytes(10, 0xaa), section(solution), section({1, 2, 3})}));
  EXPECT_FALSE(solves({0x87}, {section({1, 2, 3}), section(solution)}));
}

TEST(Signet, C121_WhatIsSignedLeavesTheSolutionOut) {
  const Bytes challenge{0x87};
  const NetworkParams network = signet_with(challenge);
  const BlockDraft bare = signet_draft(network, {section({})});
  const BlockDraft with = signet_draft(network, {section({0x02, 0x53, 0x53, 0x00})});
  BlockDraft header_kept = signet_draft(network, {});
  append(header_kept.coinbase().outputs.back().script_pubkey, Bytes{0x04, 0xec, 0xc7, 0xda, 0xa2});
  header_kept.compute_merkle_root();
  const auto of = [&](const BlockDraft& draft) {
    return signet_transactions(*draft.block(), challenge)->to_spend->txid;
  };
  EXPECT_EQ(of(with), of(header_kept));
  EXPECT_EQ(of(with), of(bare));
  BlockDraft later = with;
  ++later.header.time;
  EXPECT_NE(of(later), of(with));
  BlockDraft other_nonce = with;
  ++other_nonce.header.nonce;
  EXPECT_EQ(of(other_nonce), of(with));
  const auto transactions = signet_transactions(*with.block(), challenge);
  EXPECT_EQ(transactions->to_spend->version, 0u);
  EXPECT_EQ(transactions->to_spend->outputs[0].script_pubkey[0], 0x87);
  EXPECT_EQ(transactions->to_sign->inputs[0].prevout, (OutPoint{transactions->to_spend->txid, 0}));
  EXPECT_EQ(transactions->to_sign->outputs[0].script_pubkey[0], 0x6a);
}

TEST(Signet, C121_RealBlocksAreSignedAndEveryChangeBreaksThem) {
  KEPENG_NEED_VECTORS();
  const NetworkParams network = params::make_network({.network = Network::Signet}).value();
  const Bytes file = test::read_shared("chain/contiguous/signet_0_90.dat");
  int blocks = 0;
  for (std::size_t at = 0; at < file.size();) {
    const auto size = load_le<std::uint32_t>(file.data() + at + 4);
    ASSERT_TRUE(equal(ByteView{file}.subspan(at, 4), network.magic));
    const Bytes raw(file.begin() + static_cast<std::ptrdiff_t>(at + 8),
                    file.begin() + static_cast<std::ptrdiff_t>(at + 8 + size));
    at += 8 + size;
    const auto block = parse_block(raw);
    ASSERT_TRUE(block.ok());
    EXPECT_TRUE(check_block(*block, network).ok()) << blocks;
    if (blocks++ == 0) continue;
    EXPECT_TRUE(check_signet_solution(**block, *network.signet_challenge));
    EXPECT_FALSE(check_signet_solution(**block, Bytes{0x00}));
    for (const std::size_t offset : {0u, 4u, 68u}) {  // version, previous block, time
      Bytes changed = raw;
      changed[offset] ^= 1;
      EXPECT_FALSE(check_signet_solution(**parse_block(changed), *network.signet_challenge)) << offset;
    }
    Bytes changed = raw;
    changed[80 + 1 + 4 + 2 + 1 + 36 + 2] ^= 1;  // in the coinbase's script, and so in the modified root
    const auto other = parse_block(changed);
    ASSERT_TRUE(other.ok());
    EXPECT_FALSE(check_signet_solution(**other, *network.signet_challenge));
  }
  EXPECT_EQ(blocks, 91);
}

TEST(Signet, C121_BlocksWithoutASolutionAreRefused) {
  KEPENG_NEED_VECTORS();
  // The challenge of the default network, a block of ours: only the proof of work is missing besides.
  NetworkParams network = params::make_network({.network = Network::Signet}).value();
  network.pow_limit = ~Uint256{} >> 1;
  BlockDraft draft = signet_draft(network, {});
  draft.header.target = {0x207fffff};
  draft.pow_limit = network.pow_limit;
  draft.mine();
  const auto verdict = check_block(draft.block(), network);
  ASSERT_FALSE(verdict.ok());
  EXPECT_EQ(verdict.error().reason(), "bad-signet-blksig");
  network.signet_challenge = Bytes{0x51};
  EXPECT_TRUE(check_block(draft.block(), network).ok());
}

}  // namespace
}  // namespace kepeng::consensus
