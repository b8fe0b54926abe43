document.querySelector("main form button").click();
