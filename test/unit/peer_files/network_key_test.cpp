// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/peer_files/network_key.h>

#include <gtest/gtest.h>

#include <kepeng/base/files.h>
#include <kepeng/base/hex.h>
#include <kepeng/base/simulated_disk.h>

namespace kepeng::peer_files {
namespace {

const std::string kPath = "/network.key";
const std::string kDigits = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

Result<ReadNetworkKey, Fault> read_text(std::string_view text) {
  SimulatedDisk disk;
  EXPECT_TRUE(write_file_atomically(disk, kPath, as_bytes(text)).ok());
  return read_network_key(disk, kPath);
}

TEST(NetworkKeyFile, BlanksAroundTheDigitsAreFine) {
  for (const std::string& text : {kDigits, kDigits + "\n", "  " + kDigits + "\r\n\n"}) {
    const auto read = read_text(text);
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(to_hex(read->key.bytes()), "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    EXPECT_FALSE(read->warning);
  }
}

TEST(NetworkKeyFile, WhatIsNoKeyIsRefusedWithAdviceAndWithoutShowingIt) {
  const std::string wrong_digit = kDigits.substr(0, 63) + "g";
  for (const std::string& text :
       {std::string{}, std::string{"\n"}, kDigits.substr(1), kDigits + "0", wrong_digit, kDigits + " " + kDigits,
        std::string(64, '0'), std::string(64, 'f'), std::string(5000, 'a')}) {
    const auto read = read_text(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().kind, FaultKind::Config);
    EXPECT_NE(read.error().message.find("openssl rand -hex 32"), std::string::npos);
    EXPECT_EQ(read.error().message.find("0102"), std::string::npos);
  }
}

TEST(NetworkKeyFile, MissingOrDirectory) {
  SimulatedDisk disk;
  EXPECT_NE(read_network_key(disk, "/none").error().message.find("does not exist"), std::string::npos);
  ASSERT_TRUE(disk.make_directory("/dir").ok());
  EXPECT_NE(read_network_key(disk, "/dir").error().message.find("is a directory"), std::string::npos);
}

TEST(NetworkKeyFile, WhoElseMayReadItIsSaid) {
  const auto env = posix_env();
  std::string directory = "/tmp/kepeng-test-XXXXXX";
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  const std::string path = directory + "/key";
  ASSERT_TRUE(write_file_atomically(*env, path, as_bytes(kDigits)).ok());
  EXPECT_FALSE(read_network_key(*env, path)->warning);
  for (const unsigned mode : {0640U, 0604U, 0620U}) {
    ASSERT_TRUE(env->set_permissions(path, mode).ok());
    const auto read = read_network_key(*env, path);
    ASSERT_TRUE(read.ok() && read->warning) << mode;
    EXPECT_NE(read->warning->find("chmod 600"), std::string::npos);
  }
  ASSERT_TRUE(env->remove(path).ok());
  ASSERT_TRUE(env->remove_directory(directory).ok());
}

}  // namespace
}  // namespace kepeng::peer_files
