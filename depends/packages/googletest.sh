version=1.12.1
url=https://github.com/google/googletest/archive/refs/tags/release-$version.tar.gz
sha256=81964fe578e9bd7c94dfdb09c8e4d6e6759e19967e397dbea48d1c10e45d0df2
fetch() { fetch_archive "googletest-$version.tar.gz"; }
unpack() { tar -xzf "$here/sources/googletest-$version.tar.gz" -C "$1" --strip-components=1; }
build() { build_with_cmake; }
