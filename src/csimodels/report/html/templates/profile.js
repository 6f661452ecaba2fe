"use strict";
(function(){var box=document.getElementById("find"),none=document.getElementById("none"),
rows=Array.prototype.slice.call(document.querySelectorAll("tbody tr"));
function fit(){var want=box.value.trim().toLowerCase(),seen=0;rows.forEach(function(row){
row.hidden=want!==""&&row.cells[0].textContent.toLowerCase().indexOf(want)<0;if(!row.hidden){seen+=1;}});none.hidden=seen>0;}
box.addEventListener("input",fit);fit();}());
