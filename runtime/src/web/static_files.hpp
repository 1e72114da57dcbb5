#pragma once
#include "response.hpp"

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace calluna::runtime::web {

struct request_head;

/// Files of folders, as answers. A file is read whole and on the IO thread: it is bounded, in the
/// system's cache after the first time, and kept here until it changes, so a request costs an open
/// and a look at its time. One thread at a time.
class static_files {
 public:
  /// Of all that are kept.
  static constexpr std::size_t most_kept = std::size_t{32} << 20;

  explicit static_files(std::size_t max_file) : max_file_(max_file) {}

  struct answer {
    int status = 404;
    std::string_view why = "no such file";
    bindings::http_headers headers;
    std::shared_ptr<std::string const> body;  ///< null: none
  };
  /// The file `path` below `folder`; "" and what ends with '/' is its index.html. Nothing outside
  /// of the folder, whatever `path` or a symlink says.
  answer serve(std::string const& folder, std::string_view path, request_head const& request);

 private:
  struct stamp {
    std::int64_t seconds = 0, nanoseconds = 0, size = 0;
    std::uint64_t inode = 0;
    friend bool operator==(stamp const&, stamp const&) = default;
  };
  struct kept {
    std::string name;
    stamp when;
    std::shared_ptr<std::string const> text;
  };
  std::shared_ptr<std::string const> text_of(int file, std::string const& name, stamp const& when);

  std::size_t max_file_;
  std::size_t kept_bytes_ = 0;
  std::list<kept> kept_;  // the last used in front
  std::unordered_map<std::string, std::list<kept>::iterator> index_;
};

}  // namespace calluna::runtime::web
