#include "check_sources.hpp"

#include "lua_files.hpp"
#include "testing/script_host.hpp"

#include <calluna/bindings/app.hpp>
#include <calluna/bindings/function_module.hpp>
#include <calluna/bindings/library.hpp>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace calluna::runtime {

namespace fs = std::filesystem;
using nlohmann::json;

std::vector<std::string> check_sources(std::vector<fs::path> const& files,
                                       std::vector<std::string> const& grants) {
  json mistakes = json::array();
  boost::asio::io_context loop{1};
  testing::script_host host;
  bindings::app_options o;
  o.path = "calluna:source_check";
  o.grants = {grants.begin(), grants.end()};
  o.modules.push_back(bindings::function_module(
      "calluna.check_core", [&](std::string_view verb, json const& argument) -> result<json> {
        json answer = json::array();
        if (verb == "library")
          for (auto const text : bindings::library_texts()) answer.push_back(text);
        if (verb == "files")
          for (auto const& file : files)
            answer.push_back({{"name", file.string()}, {"text", text_of(file)}});
        if (verb == "found") mistakes = argument.at("mistakes");
        return answer;
      }));
  auto const checker = bindings::app::create(loop.get_executor(), std::move(o), host);
  auto const done = checker->load();
  checker->kill();
  if (!done) return {done.error().message};
  std::vector<std::string> lines;
  for (auto const& [index, one] : mistakes.items())
    lines.push_back(fmt::format("{}:{}: {}", one.at("file").get<std::string>(),
                                one.at("line").get<int>(), one.at("what").get<std::string>()));
  return lines;
}

}  // namespace calluna::runtime
