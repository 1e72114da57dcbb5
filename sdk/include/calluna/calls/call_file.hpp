#pragma once
#include <calluna/calls/call.hpp>
#include <calluna/result.hpp>
#include <calluna/store/database.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace calluna::calls {

/// Live calls in a SQLite file, so that a restart goes on with them: one row each, as JSON.
/// Everything blocks: not for the IO thread, nor for two threads at once. Errors as of
/// store::database.
class call_file {
 public:
  /// `invalid`: it is of a newer Calluna.
  static result<call_file> open(std::string const& path);

  struct kept_call {
    /// The PBX's name, as its number may be another's by now.
    std::string pbx;
    calls::call call;
  };
  struct content {
    std::vector<kept_call> calls;
    /// When `write` was last told; never for a new file.
    moment at;
    /// Rows that are no calls; they are left out.
    std::size_t unreadable = 0;
  };
  result<content> read();

  /// `call` null: it is gone.
  struct change {
    std::string id, pbx;
    std::shared_ptr<calls::call const> call;
  };
  /// In one transaction. `at`: up to when that is all there is to know.
  result<void> write(std::vector<change> const& changes, moment at);

 private:
  explicit call_file(store::database d) : database_(std::move(d)) {}
  store::database database_;
};

}  // namespace calluna::calls
