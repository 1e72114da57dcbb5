#pragma once
#include <calluna/bindings/module.hpp>
#include <calluna/result.hpp>
#include <calluna/unique_function.hpp>

#include <nlohmann/json.hpp>

#include <deque>
#include <memory>
#include <mutex>
#include <string>

namespace calluna::bindings {

/// Values that a program gives to a script, which waits for them one after the other; none is lost.
/// For one script. Owned by shared pointers: the script's module keeps it, too.
class feed : public std::enable_shared_from_this<feed> {
 public:
  /// Any thread.
  void give(nlohmann::json value);
  /// The Lua module `name` is the function next(), which waits for the next value and returns it;
  /// nil, err once its task has been ended.
  native_module module(std::string name);

 private:
  struct reader;

  std::mutex mutex_;
  std::deque<nlohmann::json> values_;
  unique_function<void(result<nlohmann::json>)> waiting_;
};

}  // namespace calluna::bindings
