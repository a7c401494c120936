-- What Lua 5.4.4 prints for this is in coroutines.txt.
local P = print
-- coroutines
local function gen(n) return coroutine.wrap(function() for i=1,n do coroutine.yield(i, i*i) end return "done" end) end
local g = gen(2); P(g()) P(g()) P(g()) P(pcall(g))
local co = coroutine.create(function(a,b) local c = coroutine.yield(a+b) local d,e = coroutine.yield(c*2) return d,e,nil end)
P(coroutine.resume(co,1,2)) P(coroutine.resume(co,10)) P(coroutine.resume(co,"x",nil)) P(coroutine.resume(co)) P(coroutine.status(co))
P(coroutine.isyieldable()) P(select('#',coroutine.resume(coroutine.create(function() return end))))
P(select('#',coroutine.resume(coroutine.create(function() return nil end))))
P(select('#',coroutine.resume(coroutine.create(function() return nil,nil end))))
local co2; co2=coroutine.create(function() P(coroutine.running()==co2, select(2,coroutine.running())) P(coroutine.resume(co2)) P(coroutine.status(co2)) coroutine.yield() end)
P(coroutine.resume(co2)) P(coroutine.status(co2)) P(coroutine.close(co2)) P(coroutine.status(co2)) P(coroutine.close(co2))
local w = coroutine.wrap(function() error({code=1}) end) local ok, e = pcall(w) P(ok, type(e), e.code)
local w = coroutine.wrap(function() error("msg") end) P(pcall(w))
local w = coroutine.wrap(function() error("msg",0) end) P(pcall(w)) 
local w = coroutine.wrap(function() local x <close> = setmetatable({},{__close=function(_,e) P("closing",e) end}) coroutine.yield(1) error("boom") end) P(w()) P(pcall(w))
local c = coroutine.create(function() local x <close> = setmetatable({},{__close=function(_,e) P("closing2",e) error("in close") end}) coroutine.yield(1) end) P(coroutine.resume(c)) P(coroutine.close(c)) P(coroutine.status(c))
-- nested
local function nest(n) if n==0 then coroutine.yield("deep") return "bottom" end local w=coroutine.wrap(nest) local v=w(n-1) coroutine.yield(v) return w() end
local w=coroutine.wrap(nest) P(w(5)) P(w())
-- yield across pcall, metamethods, iterators
local co=coroutine.wrap(function() local ok,v=pcall(function() local x=coroutine.yield(1) error("after "..x) end) coroutine.yield(ok,v) local t=setmetatable({},{__index=function(_,k) return coroutine.yield(k) end}) coroutine.yield("got",t.foo) for i in function(_,i) i=(i or 0)+1 if i<3 then coroutine.yield("it",i) return i end end do coroutine.yield("body",i) end end)
P(co()) P(co("X")) P(co()) P(co("FOO")) P(co()) P(co()) P(co()) P(co()) P(co())
local cs=coroutine.wrap(function() return pcall(table.sort,{3,2,1},function(a,b) coroutine.yield() return a<b end) end) P(cs())
-- load
P(load("return 1+1")()) P(load("x=")) P(load("return ...", "c", "t")(5))
local parts={"return ","4","2"} local i=0 P(load(function() i=i+1 return parts[i] end)())
local env={y=7} P(load("return y","n","t",env)())
P(select('#', load("return")()))
-- next, rawget, pairs
P(next({})) P(next({10})) P(pcall(next,{},"nokey")) P(rawget({a=1},"a"), rawget({},"b"))
for k,v in pairs(setmetatable({},{__pairs=function(t) return function(_,k) if not k then return 1,2 end end,t,nil end})) do P(k,v) end
-- errors
P(pcall(error)) P(pcall(error,nil)) P(pcall(error,"m",2)) P(select(2,pcall(error,setmetatable({},{__tostring=function() return "TS" end}))))
P(xpcall(function() error("E") end, function(m) return "H:"..m end)) P(xpcall(function(...) return ... end, print, 1, 2))
P(pcall(assert,false)) P(pcall(assert,nil,"am")) P(pcall(assert,false,{1})==false) P(assert(1,2,3)) P(pcall(assert))
-- tostring, print
P(1, 1.0, -0.0, 1e100, 2^63, math.mininteger, 0x10, "a\0b", true, nil)
P(tostring(1/0), tostring(-1/0), tostring(0/0):gsub("-",""))
P(string.format("%5.2f|%d|%s|%q|%x|%g|%i", 3.14159, 42, "hi", 'q"\n', 255, 1e20, 7))
