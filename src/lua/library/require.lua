-- require in Lua, so that a module may make calls that wait while it is loaded.
local modules, native = ...
local search, compile, enter, leave = modules.package.search, modules.package.compile, modules.package.enter, modules.package.leave
local error, type, tostring, pcall, setmetatable = error, type, tostring, pcall, setmetatable

local loaded = {}
for _, name in ipairs({ "coroutine", "debug", "math", "string", "table", "utf8" }) do
  loaded[name] = _G[name]
end
loaded._G = _G
local preload = {}
local package = { loaded = loaded, preload = preload, path = "?.lua;?/init.lua", cpath = "", config = "/\n;\n?\n!\n-\n" }

local leaving = {
  __close = function(self)
    leave(self.name)
  end,
}

local function run(name, chunk, from)
  enter(name)
  local _ <close> = setmetatable({ name = name }, leaving)
  local value = chunk(name, from)
  if loaded[name] == nil then
    loaded[name] = value == nil and true or value
  elseif value ~= nil and loaded[name] == true then
    loaded[name] = value
  end
  return loaded[name], from
end

function require(name)
  if type(name) ~= "string" then
    error(("bad argument #1 to 'require' (string expected, got %s)"):format(type(name)), 2)
  end
  if loaded[name] ~= nil then
    return loaded[name]
  end
  if preload[name] then
    return run(name, preload[name], ":preload:")
  end
  local file, tried = search(name, package.path)
  if not file then
    error(("module '%s' not found:%s"):format(name, tried), 2)
  end
  return run(name, compile(file), file)
end

function dofile(path)
  if type(path) ~= "string" then
    error(("bad argument #1 to 'dofile' (string expected, got %s)"):format(type(path)), 2)
  end
  return compile(path)()
end

function loadfile(path, _, ...)
  local ok, chunk = pcall(compile, path)
  if not ok then
    return nil, tostring(chunk)
  end
  if select("#", ...) > 0 then
    native.debug.setupvalue(chunk, 1, (...))
  end
  return chunk
end

modules.package = nil
_G.package = package
for _, name in ipairs({ "io", "os" }) do
  loaded[name] = modules[name]
end
