// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/descriptor/descriptor.h>

#include <gtest/gtest.h>

#include "support/vectors.h"

namespace kepeng::descriptor {
namespace {

using test::unhex;

const params::NetworkParams& regtest() {
  static const params::NetworkParams kNetwork = params::make_network({.network = params::Network::Regtest}).value();
  return kNetwork;
}

TEST(DescriptorChecksum, EveryVector) {
  KEPENG_NEED_VECTORS();
  const auto rows = test::read_shared_json("vectors/descriptors/descriptor_checksums.json");
  unsigned cases = 0;
  for (const auto& row : rows.GetArray()) {
    const std::string text = row["desc"].GetString();
    EXPECT_EQ(descriptor_checksum(text), row["checksum"].GetString()) << text;
    EXPECT_EQ(with_checksum(text), text + "#" + row["checksum"].GetString());
    ++cases;
  }
  EXPECT_EQ(cases, 18u);
}

// BIP380's own: only the checksum is wrong or right, so that what is inside does not matter.
TEST(DescriptorChecksum, Bip380) {
  KEPENG_NEED_VECTORS();
  const auto vectors = test::read_shared_json("vectors/descriptors/bip380_389_390.json");
  unsigned cases = 0;
  for (const auto& row : vectors["checksums"].GetArray()) {
    const std::string text = row["descriptor"].GetString();
    const auto parsed = parse_descriptor(text, regtest(), ChecksumNeed::Optional);
    EXPECT_EQ(parsed.ok(), row["valid"].GetBool()) << text;
    ++cases;
  }
  EXPECT_EQ(cases, 8u);
}

TEST(ParseDescriptor, AddrAndRaw) {
  const auto script_of = [](const char* text) {
    return parse_descriptor(text, regtest(), ChecksumNeed::Optional).value().script;
  };
  const auto error_of = [](const char* text, ChecksumNeed need = ChecksumNeed::Optional) {
    return parse_descriptor(text, regtest(), need).error();
  };
  EXPECT_EQ(script_of("raw(6a)#4mhr9ur5"), unhex("6a"));
  EXPECT_EQ(script_of("raw()"), Bytes{});
  EXPECT_EQ(script_of("addr(2N8bHziX55jaiSQX4hMrxXMfXurcTcgRgJo)"),
            unhex("a914a8558d1ed7ccbdd15a7843a154c4653a47ebc33787"));
  EXPECT_EQ(error_of("raw(6a)", ChecksumNeed::Required), "Missing checksum");
  EXPECT_EQ(error_of("raw(6a)#4mhr9ur"), "Expected 8 character checksum, not 7 characters");
  EXPECT_EQ(error_of("raw(6a)#4mhr9ur6"), "Provided checksum '4mhr9ur6' does not match computed checksum '4mhr9ur5'");
  EXPECT_EQ(error_of("raw(6a)##4mhr9ur5"), "Multiple '#' symbols");
  EXPECT_EQ(error_of("raw(\x01)"), "Invalid characters in payload");
  EXPECT_EQ(error_of("raw(6)"), "Raw script is not hex");
  EXPECT_EQ(error_of("addr(1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa)"), "Address is not valid");
  EXPECT_EQ(error_of("nope(6a)"), "'nope' is not a valid descriptor function");
}

struct Inference {
  const char* script;
  const char* descriptor;
};

// As the reference node shows them, one or more of each output type.
constexpr Inference kInferences[] = {
    {"6a", "raw(6a)#4mhr9ur5"},
    {"", "raw()#58lrscpx"},
    {"51", "raw(51)#8lvh9jxk"},
    {"00146b94937289eeeac1530bf7778b9f018103ce4a40", "addr(bcrt1qdw2fxu5fam4vz5ct7amch8cpsypuujjqjg2fkt)#vc5ezjsm"},
    {"a914dc2ce72e534cc2ec8ca3d70ebd54f268f7c89aa087", "addr(2NDKQSQTg4qbc1B1vzXr2fYqz3CjywKzL72)#c9u77mle"},
    {"76a914c3c7252f525931ed6b2d580f15c340e2ec7eacee88ac", "addr(myN8dKGNNSPhtavvdBceFm4CQ2LHAZYgwb)#yggnv88d"},
    {"0020dc8fec82c512bf8a0296c1b706c9721c0c609360e243bbd2dd7960e70aa1d51d",
     "addr(bcrt1qmj87eqk9z2lc5q5kcxmsdjtjrsxxpymqufpmh5ka09swwz4p65wsnjggf5)#xlych4w0"},
    {"51205b4fe5a2be1c1b4ef0729a5a1c2bba8995f141540c813cea7af9fc9d29c77ac3",
     "rawtr(5b4fe5a2be1c1b4ef0729a5a1c2bba8995f141540c813cea7af9fc9d29c77ac3)#d9t52phr"},
    {"5102eeee", "addr(bcrt1pamhqk96edn)#vkh8uj5a"},
    {"52210279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f817982102c6047f9441ed7d6d3045406e95c07cd85c778e"
     "4b8cef3ca7abac09b95c709ee552ae",
     "multi(2,0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798,02c6047f9441ed7d6d3045406e95c07cd85c77"
     "8e4b8cef3ca7abac09b95c709ee5)#52kq63aa"},
    {"210279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798ac",
     "pk(0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798)#gn28ywm7"},
};

TEST(InferDescriptor, EachOutputType) {
  for (const Inference& row : kInferences) {
    EXPECT_EQ(infer_descriptor(unhex(row.script), regtest()), row.descriptor) << row.script;
  }
}

// A taproot key that is on no curve, and a hybrid key: both still have a descriptor, without naming the key.
TEST(InferDescriptor, KeysThatAreNoKeys) {
  const Bytes off_curve = unhex("5120eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee01");
  EXPECT_EQ(infer_descriptor(off_curve, regtest()).substr(0, 12), "addr(bcrt1pa");
  const Bytes hybrid = unhex(
      "410679be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a685"
      "54199c47d08ffb10d4b8ac");
  EXPECT_EQ(infer_descriptor(hybrid, regtest()).substr(0, 8), "raw(4106");
}

TEST(InferDescriptor, WitnessScripts) {
  EXPECT_EQ(infer_wsh_descriptor(unhex("00"), regtest()), "wsh(0)#a0qjqdfq");
  EXPECT_EQ(infer_wsh_descriptor(unhex("51"), regtest()),
            "addr(bcrt1qft5p2uhsdcdc3l2ua4ap5qqfg4pjaqlp250x7us7a8qqhrxrxfsqseac85)#vch92e55");
  EXPECT_EQ(
      infer_wsh_descriptor(
          unhex("52210279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f817982102c6047f9441ed7d6d3045406e95c0"
                "7cd85c778e4b8cef3ca7abac09b95c709ee552ae"),
          regtest()),
      "wsh(multi(2,0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798,02c6047f9441ed7d6d3045406e95c07cd"
      "85c778e4b8cef3ca7abac09b95c709ee5))#e7d75zev");
}

}  // namespace
}  // namespace kepeng::descriptor
