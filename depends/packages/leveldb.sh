version=1.23
url=https://github.com/google/leveldb/archive/refs/tags/$version.tar.gz
sha256=9a37f8a6174f09bd622bc723b55881dc541cd50747cbd08831c2a82d620f6d76
fetch() { fetch_archive "leveldb-$version.tar.gz"; }
unpack() { tar -xzf "$here/sources/leveldb-$version.tar.gz" -C "$1" --strip-components=1; }
# With run-time type information, which it switches off for itself: our file layer derives from its classes.
build() {
  sed -i 's/-fno-rtti/-frtti/' CMakeLists.txt
  build_with_cmake -DLEVELDB_BUILD_TESTS=OFF -DLEVELDB_BUILD_BENCHMARKS=OFF -DHAVE_SNAPPY=OFF -DHAVE_TCMALLOC=OFF
}
